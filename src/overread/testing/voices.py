"""Fifty lines of a radiology report with a side or a negation, spoken by espeak-ng with noise over them."""

import io
import shutil
import subprocess
import wave

import numpy as np

RATE = 16_000
"""Samples a second of what is spoken, as the recogniser takes it."""
VOICES = (("en-us", 140), ("en-gb", 140), ("en-us+f3", 140), ("en-gb-x-rp", 130), ("en-us+m3", 150))
"""Voices of espeak-ng and their speed in words a minute."""
LINES = (
    "No pneumothorax.",
    "Small right pleural effusion.",
    "There is a large left pneumothorax.",
    "No pleural effusion on either side.",
    "Bilateral pleural effusions, larger on the right.",
    "The left costophrenic angle is blunted.",
    "The right lung is clear.",
    "Left lower lobe consolidation without effusion.",
    "No focal consolidation is seen.",
    "The heart is not enlarged.",
    "Right upper lobe nodule, unchanged.",
    "No evidence of pneumonia.",
    "There is no acute abnormality.",
    "Left basal atelectasis.",
    "Bilateral lower zone opacities.",
    "The right hemidiaphragm is elevated.",
    "No free air under the diaphragm.",
    "The lungs are clear without consolidation.",
    "Right apical pneumothorax, not seen before.",
    "Left sided central venous catheter, tip in the superior vena cava.",
    "No mediastinal widening.",
    "The trachea is not deviated.",
    "Right basal opacity, pneumonia cannot be excluded.",
    "No rib fracture on the left.",
    "Fracture of the right clavicle.",
    "There is no left pleural effusion.",
    "Mild bilateral pulmonary edema.",
    "The left lung base is hazy.",
    "Without pneumothorax after removal of the right chest tube.",
    "The right chest tube is unchanged.",
    "Bilateral hilar enlargement.",
    "No cardiomegaly.",
    "The left atrium is not enlarged.",
    "Neither effusion nor pneumothorax is seen.",
    "Right middle lobe collapse.",
    "The pacemaker is on the left.",
    "There is no lung mass.",
    "Opacity in the left upper lobe.",
    "The right heart border is obscured.",
    "No pneumomediastinum.",
    "Pleural thickening on the right, none on the left.",
    "Emphysema in both upper lobes, no bullae.",
    "The left hilum is normal.",
    "Consolidation in the right lower lobe, left lung clear.",
    "No interval change.",
    "The endotracheal tube is not in the right main bronchus.",
    "No pulmonary venous congestion.",
    "Left pleural effusion has resolved, right effusion has not.",
    "Surgical clips in the right axilla.",
    "No bilateral interstitial markings.",
)


def espeak() -> str | None:
    """Find the program that speaks; None where it is not installed."""
    return shutil.which("espeak-ng")


def speak(text: str, voice: str = "en-us", speed: int = 150) -> np.ndarray:
    """Speak a line: float32 samples of -1 to 1 at `RATE`, half a second of silence before and behind."""
    spoken = subprocess.run(
        [espeak() or "espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text], capture_output=True, check=True
    ).stdout
    with wave.open(io.BytesIO(spoken)) as file:
        rate = file.getframerate()
        # espeak-ng writes to a pipe and says a length that it does not know yet.
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    places = np.arange(0, len(samples), rate / RATE)
    quiet = np.zeros(RATE // 2, np.float32)
    return np.concatenate([quiet, np.interp(places, np.arange(len(samples)), samples).astype(np.float32), quiet])


def noisy(samples: np.ndarray, decibels: float, seed: int) -> np.ndarray:
    """Lay pink noise over speech: `decibels` is the ratio of the speech's power, where there is any, to the noise's."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(len(samples)))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, len(samples))
    power = np.mean(np.square(samples[np.abs(samples) > 0.01]))
    noise *= np.sqrt(power / 10 ** (decibels / 10) / np.mean(np.square(noise)))
    return np.clip(samples + noise, -1, 1).astype(np.float32)
