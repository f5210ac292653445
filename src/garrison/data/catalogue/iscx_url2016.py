"""ISCX-URL2016: 68,909 URLs from lists of benign, phishing, malware and spam addresses."""

from garrison.data.catalogue.base import DataFile, Dataset

ISCX_URL2016 = Dataset(
    name="iscx_url2016",
    title="ISCX-URL2016, raw URL lists (Canadian Institute for Cybersecurity, UNB)",
    citation=(
        "Mamun, Rathore, Lashkari, Stakhanova, Ghorbani: Detecting Malicious URLs Using Lexical Analysis, "
        "NSS 2016"
    ),
    licence="redistribution in any form allowed with citation",
    page="https://www.unb.ca/cic/datasets/url-2016.html",
    rows=68_909,
    files=(
        DataFile(
            name="urls/iscx_url2016_4class.csv",
            sha256="b8aa63d87e37e4ce121dc1f77cace25a777db495c82f08ff99197c617c8ddb56",
            bytes=8_094_846,
        ),
    ),
    features="phishing/urls_features.json",
    by_hand=(
        "ask for the set on its page, put its benign, phishing, malware and spam lists below each other in "
        "this "
        "order as columns url,class,label (label 0 for benign, else 1) and name the file "
        "iscx_url2016_4class.csv"
    ),
    traps=(
        "never open or resolve a URL of this set",
        "8,875 of 11,566 malware URLs repeat an earlier one, and 3,984 of them are of one host",
        "benign URLs come from 310 hosts, phishing from 4,882: split by host, and expect optimistic scores",
        "no benign URL is shorter than 83 characters, 57 % of the others are: length alone names them",
        "0.4 % of benign hosts and 42 % of phishing hosts begin with www.: a mark of how the lists were made",
        "99.7 % of spam hosts end in .uk and 96 % begin with the letter a: the list was cut from a sorted "
        "one",
        "846 phishing URLs hold &amp; for &, and one benign URL does",
        "the fifth class, defacement, is missing",
    ),
)
