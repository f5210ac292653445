"""The plain way to serve a model: FastAPI, a pydantic model of the event, XGBoost's predict_proba."""

import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve the XGBoost model in the file that is named first, its columns from the second, at the port named third."""
    import numpy as np
    import uvicorn
    import xgboost
    from fastapi import FastAPI
    from pydantic import create_model

    path, names, port = (
        Path(sys.argv[1]),
        Path(sys.argv[2]).read_text(encoding="utf-8").split(","),
        int(sys.argv[3]),
    )
    model = xgboost.XGBClassifier()
    model.load_model(path)
    model.set_params(n_jobs=1)
    fields: dict[str, Any] = dict.fromkeys(names, (float, ...))
    event_type: Any = create_model("Event", **fields)
    app = FastAPI()

    async def score(event: Any) -> dict[str, float]:
        row = np.array([[getattr(event, name) for name in names]])
        return {"score": float(model.predict_proba(row)[0, 1])}

    score.__annotations__["event"] = event_type
    app.post("/score")(score)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False)


if __name__ == "__main__":
    main()
