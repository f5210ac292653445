"""Website Phishing as the river package carries it: 1,250 sites, nine signs each."""

from garrison.data.catalogue.base import DataFile, Dataset

PHISHING_EMBEDDED = Dataset(
    name="phishing_embedded",
    title="Website Phishing (UCI Machine Learning Repository, id 379), as bundled with river",
    citation=(
        "Abdelhamid, Ayesh, Thabtah: Phishing detection based associative classification data mining, "
        "Expert Systems with Applications 41(13), 2014"
    ),
    licence="CC BY 4.0 (UCI); the river package is BSD-3-Clause",
    page="https://archive.ics.uci.edu/dataset/379/website+phishing",
    rows=1_250,
    files=(
        DataFile(
            name="datasets/phishing.csv.gz",
            sha256="d8a6d44bd9672e852b8a53ad2c64229f81972158a77d981073a98b17c27af7a9",
            bytes=3_991,
        ),
    ),
    features="phishing/embedded.json",
    by_hand="install the river package, which carries the file: pip install river",
    package="river",
    traps=(
        "only 625 distinct feature vectors in 1,250 rows: a random split tests on rows it was trained on",
        "it is not a part of Phishing Websites (UCI 327): another study, of other signs",
        "the 103 sites its authors called suspicious are left out, the hard cases among them",
        "river calls 548 rows phishing and 702 not, the page of the set gives 702 phishing and 548 "
        "legitimate; "
        "the signs agree with river (trusted HTTPS goes with is_phishing 0)",
    ),
)
