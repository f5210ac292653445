"""One run: its settings, folder, log, fingerprints and tracking."""

from garrison.run.fingerprint import git_commit, table_fingerprint, versions
from garrison.run.folder import RunFolder, list_runs
from garrison.run.logs import close_log, open_log
from garrison.run.record import RunRecord
from garrison.run.redaction import redact
from garrison.run.settings import Section, load_settings, settings_json
from garrison.run.spool import Sent
from garrison.run.stages import Making
from garrison.run.tracking import Tracking, open_tracking, send_spooled

__all__ = [
    "Making",
    "RunFolder",
    "RunRecord",
    "Section",
    "Sent",
    "Tracking",
    "close_log",
    "git_commit",
    "list_runs",
    "load_settings",
    "open_log",
    "open_tracking",
    "redact",
    "send_spooled",
    "settings_json",
    "table_fingerprint",
    "versions",
]
