"""Lines of a radiology report with a side or a negation, spoken by espeak-ng or hibari, with noise over them."""

import io
import shutil
import subprocess
import wave
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

RATE = 16_000
"""Samples a second of what is spoken, as the recogniser takes it."""
HIBARI_RATE = 24_000
HIBARI_SPEEDS = (0.9, 1.0, 1.1)
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

HELD_OUT = (
    "There is no tension pneumothorax.",
    "Left lung base opacity, likely atelectasis.",
    "The right costophrenic angle is sharp.",
    "No large effusion on the right.",
    "Both lungs are well expanded.",
    "The left hemidiaphragm is not seen.",
    "No widening of the mediastinum on this view.",
    "Right internal jugular line, tip at the cavoatrial junction.",
    "Trace left effusion, no consolidation.",
    "Neither hilum is enlarged.",
    "The nasogastric tube is not below the diaphragm.",
    "Right sided pneumothorax has resolved.",
    "No new infiltrate in the left lower zone.",
    "Bilateral perihilar haze without effusion.",
    "The aortic knob is on the left.",
    "No lobar collapse.",
    "Cardiac size cannot be judged.",
    "There is no right upper lobe mass.",
    "Left rib fractures, no pneumothorax.",
    "The lungs are free of focal opacity.",
    "Right pleural cap, unchanged.",
    "No subcutaneous emphysema on either side.",
    "The left main bronchus is clear.",
    "Not enlarged compared with the prior.",
    "Tip of the left chest tube at the apex.",
    "Absent right breast shadow.",
    "No hiatus hernia.",
    "Right basal effusion without pneumothorax.",
    "The left clavicle is intact, the right is not.",
    "No signs of heart failure.",
    "Bilateral pleural plaques.",
    "Left subclavian pacemaker, no lead fracture.",
    "Nodule in the right mid zone, not calcified.",
    "No bony lesion.",
    "The right hilum is larger than the left.",
    "Consolidation of the left lingula.",
    "Without evidence of edema.",
    "Negative for pneumonia.",
    "Right lung volume loss.",
    "No effusion, no pneumothorax.",
    "The left heart border is indistinct.",
    "Scoliosis convex to the right.",
    "None of the lines has moved.",
    "Pneumonia in the right middle lobe is excluded.",
    "There is no pericardial effusion.",
    "Left apical scarring.",
    "Both costophrenic angles are blunted.",
    "No foreign body.",
    "Opacity projects over the left scapula, not in the lung.",
    "The right ventricle is not dilated.",
)
"""Fifty more, written before any of them was heard: no setting was chosen by them."""


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


def speak_hibari(text: str, speed: float = 1.0, seed: int = 0) -> np.ndarray:
    """Speak a line as an American woman, by hibari (`pip install hibari-tts`, Apache-2.0): samples as of `speak`."""
    voice = _hibari()
    samples = np.asarray(voice(text, speed=speed, seed=seed), np.float32)
    places = np.arange(0, len(samples), HIBARI_RATE / RATE)
    quiet = np.zeros(RATE // 2, np.float32)
    return np.concatenate([quiet, np.interp(places, np.arange(len(samples)), samples).astype(np.float32), quiet])


@cache
def _hibari() -> Any:
    return import_module("hibari").Hibari(threads=1)


def noisy(samples: np.ndarray, decibels: float, seed: int) -> np.ndarray:
    """Lay pink noise over speech: `decibels` is the ratio of the speech's power, where there is any, to the noise's."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(len(samples)))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, len(samples))
    power = np.mean(np.square(samples[np.abs(samples) > 0.01]))
    noise *= np.sqrt(power / 10 ** (decibels / 10) / np.mean(np.square(noise)))
    return np.clip(samples + noise, -1, 1).astype(np.float32)
