"""Letters to people, kept as files that a mail agent of the machine (or a developer) picks up."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from fairlead.infra.ids import uuid7
from fairlead.infra.secrets import make_private_dir, write_private
from fairlead.infra.settings import Settings

MAX_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One plain-text mail to one person."""

    to: str
    subject: str
    text: str


def mail_dir(settings: Settings) -> Path:
    """Return the folder letters are put into."""
    return settings.data_dir / "mail"


def send(settings: Settings, letter: Letter) -> Path:
    """Put a letter into the outgoing folder, readable by this user only; return its file.

    The oldest letters beyond a thousand are dropped. Raise StorageFull or InvalidInput when the
    folder cannot be written.
    """
    folder = mail_dir(settings)
    make_private_dir(folder)
    message = EmailMessage(policy=SMTP)
    message["To"] = letter.to
    message["From"] = "Fairlead <no-reply@fairlead.invalid>"
    message["Subject"] = letter.subject
    message.set_content(letter.text)
    path = folder / f"{uuid7()}.eml"
    write_private(path, message.as_string())
    for old in sorted(folder.glob("*.eml"))[:-MAX_KEPT]:
        old.unlink(missing_ok=True)
    return path


def site_url(settings: Settings) -> str:
    """Return where people reach the web pages, without a slash at the end."""
    return (settings.public_url or f"http://localhost:{settings.port}").rstrip("/")
