"""UNSW-NB15: 82,332 network flows of a test bed, nine categories of attacks."""

from garrison.data.catalogue.base import DataFile, Dataset

_RAW = "https://raw.githubusercontent.com"

UNSW_NB15 = Dataset(
    name="unsw_nb15",
    title="UNSW-NB15, the partition of 82,332 records",
    citation=(
        "Moustafa, Slay: UNSW-NB15: a comprehensive data set for network intrusion detection systems, MilCIS 2015, "
        "DOI 10.1109/MilCIS.2015.7348942"
    ),
    licence="free for academic research in perpetuity; commercial use to be agreed with the authors",
    page="https://research.unsw.edu.au/projects/unsw-nb15-dataset",
    rows=82_332,
    files=(
        DataFile(
            name="unsw_nb15/UNSW_NB15_82332rows.parquet",
            sha256="007af38bdd85241bc3e56a7a4537d0d882795d74d625c2daa759c18472b63da9",
            bytes=4_743_183,
        ),
    ),
    originals=(
        DataFile(
            name="unsw_nb15/UNSW_NB15_training-set.csv",
            sha256="734fe6642edf758f7c94d7d9149426b49d202fe8e7bf0bef47392489c3c0a559",
            bytes=15_380_800,
            mirrors=(
                f"{_RAW}/Yousef141118/CyberDefenter-AI-IDS/b0346a03db4a8a5ca3ddea6bdd483e0dad9836c8/UNSW_NB15_training-set.csv",
                f"{_RAW}/josganp/gan-network/c2a2371d6b52fafd38bfbd7a5479d6dc4ac61aee/UNSW_NB15_training-set.csv",
            ),
        ),
    ),
    features="threats/unsw_nb15.json",
    by_hand="UNSW_NB15_training-set.csv as it circulates from the page of the set, 82,332 rows",
    traps=(
        "only one of two partitions: it circulates as UNSW_NB15_training-set.csv, and is what the authors' paper calls "
        "the testing set; mirrors swap the two, so the number of rows decides",
        "id: the rows lie in blocks by label, so their number tells it (rank AUC 0.725); never a feature",
        "attack_cat is Normal exactly where label is 0; never a feature",
        "28,386 of 82,332 rows repeat the features of an earlier one: a random split tests on rows it was trained on",
        "sttl: 31 and 29 occur in benign rows only (16,752 of them), and 72 % of the rows with 254 are attacks; it "
        "tells how the test bed was wired",
        "six feature vectors (14 rows) occur with both labels; 575 occur with several categories of attack",
        "is_ftp_login takes 0, 1 and 2, though it is described as binary",
        "57 % of the rows have no service",
    ),
    caveats=(
        "sttl tells how the test bed of UNSW-NB15 was wired (31 and 29 occur in benign rows only): quality on this "
        "set says little of another network",
    ),
    never=("id", "attack_cat"),
    marks=("sttl", "ct_state_ttl", "ct_flw_http_mthd"),
    partitions={
        82_332: "82,332 rows: what the paper calls the testing set (mirrors swap the names of the two)",
        175_341: "175,341 rows: what the paper calls the training set (mirrors swap the names of the two)",
    },
)
