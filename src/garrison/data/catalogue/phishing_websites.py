"""Phishing Websites: 11,055 sites, 30 signs each."""

from garrison.data.catalogue.base import DataFile, Dataset

PHISHING_WEBSITES = Dataset(
    name="phishing_websites",
    title="Phishing Websites (UCI Machine Learning Repository, id 327)",
    citation=(
        "Mohammad, Thabtah, McCluskey: An assessment of features related to phishing websites using an "
        "automated "
        "technique, ICITST 2012; data set: Mohammad and McCluskey, DOI 10.24432/C51W2X"
    ),
    licence="CC BY 4.0",
    page="https://archive.ics.uci.edu/dataset/327/phishing+websites",
    rows=11_055,
    files=(
        DataFile(
            name="phishing_websites/phisingData.csv",
            sha256="d2e9db415c1a42e96b13d0bc449411c964872991afcbdaa6f47acbb60372992b",
            bytes=789_150,
            mirrors=(
                "https://raw.githubusercontent.com/udaysatyakumar/networksecurity/"
                "d5825ea09cdd53b6148845288d0a910be8e77344/Network_Data/phisingData.csv",
            ),
        ),
    ),
    features="phishing/features.json",
    by_hand="the CSV form of the set, 31 columns with a header, as it circulates beside the ARFF file of "
    "its page",
    traps=(
        "5,206 rows repeat an earlier row exactly: a random split tests on rows it was trained on",
        "64 feature vectors of 5,785 distinct ones occur with both labels: no model can be right about all "
        "of them",
        "Result is -1 for phishing and 1 for legitimate, the other way round from most sets",
        "the signs were computed by rules of their authors; pages themselves are not in the set",
    ),
)
