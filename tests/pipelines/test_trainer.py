from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from small_flows import write_flows

from garrison import ModelTrainer
from garrison.data.simulator import write_simulated
from garrison.detection import load_detector
from garrison.errors import DataError, SettingsError, UsageError
from garrison.monitoring import Reference
from garrison.pipelines.threats import resume_threats

QUICK = (
    "training.folds=2",
    "training.held_out_attacks=false",
    "evaluation.repeats=50",
    "tracking.enabled=false",
    "jobs=1",
)


@pytest.fixture
def trainer(tmp_path: Path) -> ModelTrainer:
    return ModelTrainer(output_dir=tmp_path / "models" / "experimental", workspace=tmp_path, overrides=QUICK)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulated") / "events.parquet"
    write_simulated(path, 3_000, seed=1, malicious_share=0.2)
    return path


def test_a_detector_is_saved_where_it_was_asked_for(trainer: ModelTrainer, tmp_path: Path) -> None:
    train, _, features = write_flows(tmp_path)
    trained = trainer.train(data_path=train, model_type="lightgbm", features=features, params={"trees": 20})
    assert trained.path == tmp_path / "models" / "experimental" / "threats-small-flows" / "1" / "detector"
    assert trained.model_type == "lightgbm"
    assert trained.detector().params["trees"] == 20
    assert trained.measures["auc"] > 0.9
    assert trained.report.is_file()
    reference = Reference.from_dict(trained.detector().reference or {})
    assert reference.scores is not None
    assert reference.scores.calibration is not None
    assert reference.rows > reference.scores.numbers.rows
    assert not (tmp_path / "models" / "production").exists()
    second = trainer.train(data_path=train, model_type="extra_trees", features=features, params={"trees": 10})
    assert second.path.parent.name == "2"


def test_any_folder_takes_detectors(tmp_path: Path) -> None:
    train, _, features = write_flows(tmp_path)
    trainer = ModelTrainer(output_dir=tmp_path / "mine", workspace=tmp_path, overrides=QUICK, seed=4)
    trained = trainer.train(train, "logistic_regression", features=features)
    assert trained.path == tmp_path / "mine" / "experimental" / "threats-small-flows" / "1" / "detector"


def test_events_are_scored_in_batches_as_at_once(trainer: ModelTrainer, simulated: Path) -> None:
    trained = trainer.train(simulated, "logistic_regression")
    detector, table = trained.detector(), pq.read_table(simulated)
    whole = detector.score(table)
    for size in (1, 7, 500):
        last = 40 if size == 1 else table.num_rows
        parts = [table.slice(start, min(size, last - start)) for start in range(0, last, size)]
        scores = np.concatenate(list(detector.score_batches(parts)))
        np.testing.assert_allclose(scores, whole[:last], rtol=1e-12)
    # A detector that forgets would take each event for its source's first.
    assert not np.allclose(detector.score(table.slice(1_000, 500)), whole[1_000:1_500], rtol=1e-6)


def test_simulated_events_are_said_to_be_so(trainer: ModelTrainer, simulated: Path) -> None:
    trained = trainer.train(simulated, "logistic_regression", name="made-up")
    assert "simulated: no figure says anything of real traffic" in trained.caveats[0]
    assert "3,000 of 3,000 events are simulated" in trained.report.read_text(encoding="utf-8")


def test_the_usual_is_learnt_without_labels(trainer: ModelTrainer, simulated: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.parquet"
    pq.write_table(pq.read_table(simulated).drop_columns(["is_malicious", "attack_type"]), bare)
    trained = trainer.train(bare, "isolation_forest", labelled=False, params={"trees": 25})
    assert trained.measures == {}
    assert trained.outcome.accepted is None
    detector = load_detector(trained.path)
    reference = Reference.from_dict(detector.reference or {})
    assert reference.scores is not None
    assert reference.scores.calibration is None
    assert "past_60s_events" in reference.columns
    scores = detector.score(pq.read_table(bare))
    assert 0.002 < (scores >= trained.threshold).mean() < 0.05
    with pytest.raises(UsageError, match="learnt without labels"):
        resume_threats(trained.outcome.run_id, workspace=tmp_path)
    with pytest.raises(SettingsError, match="learns from labels"):
        trainer.train(bare, "xgboost", labelled=False)


def test_a_model_type_that_is_none_gets_the_nearest_name(trainer: ModelTrainer, simulated: Path) -> None:
    with pytest.raises(SettingsError, match="xgbost") as caught:
        trainer.train(simulated, "xgbost")
    assert "xgboost" in caught.value.remedy
    with pytest.raises(SettingsError, match="takes no parameter"):
        trainer.train(simulated, "xgboost", params={"tree": 5})


def test_nothing_is_trained_into_production(tmp_path: Path, simulated: Path) -> None:
    trainer = ModelTrainer(output_dir=tmp_path / "models" / "production", workspace=tmp_path, overrides=QUICK)
    with pytest.raises(UsageError, match="does not go to production"):
        trainer.train(simulated, "logistic_regression")


def test_batches_out_of_order_are_refused_when_scored(trainer: ModelTrainer, simulated: Path) -> None:
    detector = trainer.train(simulated, "logistic_regression").detector()
    table = pq.read_table(simulated)
    late = [table.slice(1_000, 100), table.slice(0, 100)]
    with pytest.raises(DataError, match="came after a later one"):
        list(detector.score_batches(late))


def test_a_detector_carries_what_is_known_of_its_data(trainer: ModelTrainer, simulated: Path) -> None:
    """What a report says of the data must not be lost on the way to who loads the detector."""
    trained = trainer.train(simulated, "logistic_regression")
    assert any("simulated" in caveat for caveat in trained.detector().caveats)
    unusual = trainer.train(simulated, "isolation_forest", labelled=False, params={"trees": 10})
    assert any("simulated" in caveat for caveat in unusual.detector().caveats)
    assert any("no labels" in caveat for caveat in unusual.detector().caveats)


def test_simulated_events_are_drawn_from_the_seed(tmp_path: Path) -> None:
    found = []
    for seed in (0, 1):
        trainer = ModelTrainer(output_dir=tmp_path / "models", workspace=tmp_path, overrides=QUICK, seed=seed)
        found.append(trainer.train("simulated:2000", "logistic_regression").detector().training_fingerprint)
    assert found[0] != found[1]
    assert len(list((tmp_path / "simulated").glob("*.parquet"))) == 2


def test_frames_and_dicts_are_scored_as_tables_are(trainer: ModelTrainer, tmp_path: Path) -> None:
    train, _, features = write_flows(tmp_path)
    detector = trainer.train(train, "logistic_regression", features=features).detector()
    table = pq.read_table(train).drop_columns(["kind"])
    whole = detector.score(table)
    np.testing.assert_array_equal(detector.score(table.to_pandas()), whole)
    np.testing.assert_array_equal(detector.score(table.to_pylist()), whole)
    np.testing.assert_allclose(detector.score(table.to_pylist()[0]), whole[:1], rtol=1e-12)
    assert detector.score([]).shape == (0,)


def test_the_type_that_was_asked_for_wins_over_settings(trainer: ModelTrainer, tmp_path: Path) -> None:
    train, _, features = write_flows(tmp_path)
    trainer.overrides = (*trainer.overrides, "training.families=[lightgbm]")
    assert trainer.train(train, "logistic_regression", features=features).model_type == "logistic_regression"
