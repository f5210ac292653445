"""Made-up URLs and a detector of them: benign ones are long and speak of news, others are short and speak of pay."""

from typing import Any

import numpy as np
import pyarrow as pa

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.features import UrlProcessor

FEATURES: dict[str, Any] = {
    "name": "links",
    "columns": [
        {"name": "link", "type": "string"},
        {"name": "kind", "type": "string", "role": "label", "allowed": ["fine", "bad"]},
    ],
    "label": {"column": "kind", "positive": "bad", "negative": "fine"},
}
SCHEMA = Schema.from_dict(FEATURES)

NEWS = ("city", "council", "opens", "library", "after", "years", "of", "work", "team", "wins", "again")
PAY = ("paypal", "login", "secure", "account", "verify", "update", "wallet")
HOSTS = ("www.daily-planet.org", "news.example.com", "blog.example.net", "en.reference.edu")
TAILS = ("tk", "ru", "co.uk", "com")


def small_urls(count: int, *, seed: int = 0) -> pa.Table:
    """So many URLs, a half of them bad."""
    draw = np.random.default_rng(seed)
    links, kinds = [], []
    for _ in range(count):
        bad = bool(draw.random() < 0.5)
        if bad:
            name = "".join(draw.choice([*"bcdfghklmnprst"], 7))
            host = f"{draw.choice(PAY)}.{name}.{draw.choice(TAILS)}"
            if draw.random() < 0.15:
                host = draw.choice([f"{name}.blogspot.com", "192.0.2.7", f"{draw.choice(PAY)}.example.com"])
            folder = draw.choice(["", "~me/", "wp-content/"])
            link = f"http://{host}/{folder}{draw.choice(PAY)}.php" + draw.choice(["", "?id=1", "?cmd=_x&s=2"])
        else:
            title = "-".join(draw.choice(NEWS, int(draw.integers(4, 9))))
            link = f"https://{draw.choice(HOSTS)}/{draw.integers(2010, 2020)}/{title}/"
            link += draw.choice(["", "?ref=home", "?utm_source=feed&page=2"])
        links.append(str(link))
        kinds.append("bad" if bad else "fine")
    return pa.table({"link": links, "kind": kinds})


def url_detector(family: str = "xgboost", *, threshold: float = 0.5, **params: Any) -> Detector:
    """A detector of 300 such URLs."""
    table = SCHEMA.validate(small_urls(300, seed=1)).table
    processor = UrlProcessor(buckets=0).fit(table, SCHEMA)
    full = FAMILIES[family].complete(params or {"trees": 12, "max_depth": 3, "learning_rate": 0.3})
    model = FAMILIES[family].fit(processor.transform(table), SCHEMA.labels(table), params=full, seed=0)
    return Detector(
        name="links",
        schema=SCHEMA,
        processor=processor,
        model=model,
        family=family,
        params=full,
        threshold=Threshold(threshold, "fixed"),
        training_fingerprint="0" * 64,
    )
