"""Messages as reporting systems send them, of one patient whose name and number must show up nowhere."""

from tests.receiving.stage import SECRET_ID, SECRET_NAME

ACCESSION = "ACC-4711"


def order(
    control_id: str = "M1",
    *,
    kind: str = "ORM^O01",
    control: str = "NW",
    accession: str = ACCESSION,
    at: str = "20250601093000",
    charset: str = "UNICODE UTF-8",
    reason: str = "^dyspnea",
    patient: str = SECRET_ID,
    placer: str = "P-9",
    processing: str = "P",
    extra: str = "",
) -> bytes:
    """An order for a chest radiograph, stat, with a question."""
    return (
        f"MSH|^~\\&|RIS|HOSP|OVERREAD|XR|{at}||{kind}|{control_id}|{processing}|2.5.1||||||{charset}\r"
        f"PID|1||{patient}^^^^MR~999^^^INS^NI||{SECRET_NAME}||19600101|F\r"
        f"ORC|{control}|{placer}|{accession}||||^^^^^S\r"
        f"OBR|1|{placer}|{accession}|36643-5^Chest X-ray 2 views^LN||||||||||||||{accession}|||||||||||||{reason}\r"
        f"NTE|1||Pneumothorax?\r{extra}"
    ).encode()


def report(
    control_id: str = "R1",
    *,
    status: str = "F",
    text: tuple[str, ...] = ("Large left pleural effusion. No pneumothorax.",),
    accession: str = ACCESSION,
    patient: str = SECRET_ID,
    at: str = "20250601113000",
    extra: str = "",
) -> bytes:
    """A report that was signed in the reporting system."""
    lines = "".join(f"OBX|{n}|TX|59776-5^Findings^LN||{line}||||||{status}\r" for n, line in enumerate(text, start=1))
    return (
        f"MSH|^~\\&|RIS|HOSP|OVERREAD|XR|{at}||ORU^R01|{control_id}|P|2.5.1||||||UNICODE UTF-8\r"
        f"PID|1||{patient}^^^^MR||{SECRET_NAME}||19600101|F\r"
        f"OBR|1|P-9|{accession}|36643-5^Chest X-ray 2 views^LN||||||||||||||{accession}||||{at}|||{status}\r"
        f"{extra}{lines}"
    ).encode()
