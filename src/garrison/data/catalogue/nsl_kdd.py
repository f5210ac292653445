"""NSL-KDD: 125,973 connections to learn from and 22,544 to test on, with attacks that occur in the test only."""

from garrison.data.catalogue.base import DataFile, Dataset

_RAW = "https://raw.githubusercontent.com"
_EXERCISE = f"{_RAW}/bennyho94/NSL-KDD-exercise/b03c26819b49c8f83f949be14005c5463cf86dff"
_HEADER = (
    "duration,protocol_type,service,flag,src_bytes,dst_bytes,land,wrong_fragment,urgent,hot,"
    "num_failed_logins,logged_in,num_compromised,root_shell,su_attempted,num_root,"
    "num_file_creations,num_shells,num_access_files,num_outbound_cmds,is_host_login,is_guest_login,"
    "count,srv_count,serror_rate,srv_serror_rate,rerror_rate,srv_rerror_rate,same_srv_rate,"
    "diff_srv_rate,srv_diff_host_rate,dst_host_count,dst_host_srv_count,dst_host_same_srv_rate,"
    "dst_host_diff_srv_rate,dst_host_same_src_port_rate,dst_host_srv_diff_host_rate,"
    "dst_host_serror_rate,dst_host_srv_serror_rate,dst_host_rerror_rate,dst_host_srv_rerror_rate,"
    "label,difficulty"
)

NSL_KDD = Dataset(
    name="nsl_kdd",
    title="NSL-KDD: KDDTrain+, KDDTest+ and KDDTest-21",
    citation=(
        "Tavallaee, Bagheri, Lu, Ghorbani: A Detailed Analysis of the KDD CUP 99 Data Set, IEEE CISDA 2009, "
        "DOI 10.1109/CISDA.2009.5356528"
    ),
    licence="may be redistributed, republished and mirrored in any form, with citation of the set and the paper",
    page="https://www.unb.ca/cic/datasets/nsl.html",
    rows=125_973,
    files=(
        DataFile(
            name="nsl_kdd/KDDTrain+.parquet",
            sha256="48b9f9ea9941cd36c4eaf02a4630043f144fd67564101ba81e97ee1358322946",
            bytes=1_692_825,
        ),
        DataFile(
            name="nsl_kdd/KDDTest+.parquet",
            sha256="a66d6a1a0243a3c132c0953ed1edf1ec43e37c3c012b2050e980c1004a0c9401",
            bytes=346_991,
        ),
        DataFile(
            name="nsl_kdd/KDDTest-21.parquet",
            sha256="3834eb2c4111390c5373628e0ca58fec18397dfbc29b3f33ff3cd9886df562ad",
            bytes=200_990,
        ),
    ),
    tests=("KDDTest+.parquet", "KDDTest-21.parquet"),
    originals=(
        DataFile(
            name="nsl_kdd/KDDTrain+.txt",
            sha256="1b86d2f957b33082081bba410fe129b475efebcc13c9014c3f447c8271aadf95",
            bytes=19_109_424,
            mirrors=(
                f"{_EXERCISE}/KDDTrain%2B.txt",
                f"{_RAW}/vatspratapsingh/VaultSphere/fd0240023a2525f8169154bda3de3d0985fb288c/KDDTrain%2B.txt",
            ),
            header=_HEADER,
        ),
        DataFile(
            name="nsl_kdd/KDDTest+.txt",
            sha256="fa46b0935342616aa83b7c2578db355b6a7aaabbc492248172c7a1e8b7ab8f84",
            bytes=3_441_513,
            mirrors=(f"{_EXERCISE}/KDDTest%2B.txt",),
            header=_HEADER,
        ),
        DataFile(
            name="nsl_kdd/KDDTest-21.txt",
            sha256="746993ac9e25868827cacf09eab450050a2a1056e1ce48a1ad39f5dc801d531d",
            bytes=1_814_092,
            mirrors=(f"{_EXERCISE}/KDDTest-21.txt",),
            header=_HEADER,
        ),
    ),
    features="threats/nsl_kdd.json",
    by_hand="KDDTrain+.txt, KDDTest+.txt and KDDTest-21.txt from the page of the set",
    traps=(
        "17 of the 38 attacks of KDDTest+ (3,750 rows) do not occur in KDDTrain+: a threshold that is placed on known "
        "attacks alone misses most of them",
        "664 rows of KDDTest+ repeat the features of a row of KDDTrain+, 610 of them with the same label",
        "difficulty counts how many of 21 learners were right about the row, so it was made from the labels (rank AUC "
        "0.76); never a feature",
        "KDDTest-21 is KDDTest+ without the rows that all 21 learners judged rightly",
        "num_outbound_cmds is always 0; su_attempted takes 2, though it is described as binary",
        "seven feature vectors of KDDTrain+ and 54 of KDDTest+ occur as normal and as an attack",
        "the traffic was simulated in 1998: quality on this set says how a method fares, not how a network does today",
    ),
    caveats=(
        "the traffic of NSL-KDD was simulated in 1998: its figures compare methods, they promise nothing of a network "
        "of today",
    ),
    never=("difficulty", "label"),
    marks=("num_outbound_cmds", "dst_host_srv_rerror_rate", "wrong_fragment", "srv_diff_host_rate"),
    partitions={
        125_973: "KDDTrain+",
        22_544: "KDDTest+, the authors' test part",
        11_850: "KDDTest-21, the authors' harder test part",
        25_192: "KDDTrain+_20Percent, a fifth of KDDTrain+",
    },
)
