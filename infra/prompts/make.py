#!/usr/bin/env python3
"""Speaks phrases.csv into sound/CODE/NAME.opus. README.md says what must be installed.

    make.py                    everything
    make.py de_DE              one language
    make.py de_DE goodbye ...  these phrases of it
"""

import array
import csv
import math
import os
import subprocess
import sys
import tempfile
import wave
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
RATE = 16_000
FRAME = RATE // 50

SPEECH_RMS = 10 ** (-19 / 20)
# Opus adds up to a decibel and a half; nothing is to come near to full scale.
PEAK_MAX = 10 ** (-5 / 20)
# Quieter than the loudest frame by this much counts as silence.
SILENCE = 10 ** (-38 / 20)
MARGIN = RATE * 30 // 1000
BITRATE = "22k"

# The voice, and how fast in hundredths of its own pace.
PICO = {"en_US": ("en-US", 96), "es_ES": ("es-ES", 96), "de_DE": ("de-DE", 96), "fr_FR": ("fr-FR", 88)}
ESPEAK = {"zh_CN": "cmn-latn-pinyin+f2"}
WORDS_PER_MINUTE = "155"
# Mild: takes the rumble and the hiss off the synthesiser's voice.
ESPEAK_FILTER = "highpass=f=90,lowpass=f=5500:p=1"

# What a synthesiser reads wrongly, and how it is to be written for it.
SPOKEN = {
    "en_US": [("a.m.", "A M"), ("p.m.", "P M")],
    "de_DE": [("PIN", "Pin"), ("Mailbox", "Mehlbox")],
    "es_ES": [("PIN", "pin")],
    "fr_FR": [("PIN", "pine"), ("pence", "pennse"), ("fen", "fène")],
    # The tones of "one" and "not" follow the next syllable, and some characters have two readings.
    "zh_CN": [
        ("第一条", " di4yi1tiao2 "), ("第一位", " di4yi1wei4 "), ("一条", " yi4tiao2 "), ("一次", " yi2ci4 "), ("一个", " yi2ge4 "),
        ("一分钟", " yi4fen1zhong1 "), ("一百", " yi4bai3 "), ("一千", " yi4qian1 "), ("一万", " yi2wan4 "),
        ("不正确", " bu2zheng4que4 "), ("不到", " bu2dao4 "), ("不要", " bu2yao4 "), ("不是", " bu2shi4 "), ("不在", " bu2zai4 "),
        ("重新", " chong2xin1 "), ("重听", " chong2ting1 "), ("与会者", " yu4hui4zhe3 "), ("便士", " bian4shi4 "), ("幺", " yao1 "),
    ],
}


def main():
    codes = [sys.argv[1]] if len(sys.argv) > 1 else [*PICO, *ESPEAK]
    only = set(sys.argv[2:])
    with open(HERE / "phrases.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    jobs = [(code, row["name"], row[code]) for code in codes for row in rows if row[code] and (not only or row["name"] in only)]
    if not only:
        remove_what_the_table_does_not_name(codes, {(code, name) for code, name, _ in jobs})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(lambda job: make(*job), jobs):
            if done:
                print(done)
    print(f"{len(jobs)} phrases")


def remove_what_the_table_does_not_name(codes, named):
    for code in codes:
        for path in (HERE / "sound" / code).glob("*.opus"):
            if (code, path.stem) not in named:
                path.unlink()


def make(code, name, text):
    samples = level(trim(speak(code, text)))
    path = HERE / "sound" / code / f"{name}.opus"
    path.parent.mkdir(parents=True, exist_ok=True)
    ffmpeg = ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
    # Bit-exact, so that a phrase that did not change does not change its file either.
    opus = ["-fflags", "+bitexact", "-flags", "+bitexact", "-map_metadata", "-1", "-c:a", "libopus", "-b:a", BITRATE,
            "-vbr", "on", "-frame_duration", "20", "-application", "voip", "-f", "opus", str(path)]
    subprocess.run([*ffmpeg, *opus], input=samples.tobytes(), check=True)
    seconds = len(samples) / RATE
    return f"{code}/{name}: {seconds:.2f} s" if not 0.15 < seconds < 19 else None


def speak(code, text):
    for written, spoken in SPOKEN[code]:
        text = text.replace(written, spoken)
    if text[-1] not in ".?!。":
        # A part of a sentence: the voice is to stay up, for more follows.
        text += ","
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        if code in PICO:
            voice, pace = PICO[code]
            marked = f'<speed level="{pace}">{escape(text, quote=False)}</speed>'
            subprocess.run(["pico2wave", "-l", voice, "-w", file.name, marked], check=True, env=environment)
            with wave.open(file.name) as sound:
                assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE, 1, 2)
                return array.array("h", sound.readframes(sound.getnframes()))
        subprocess.run(["espeak-ng", "-b", "1", "-v", ESPEAK[code], "-s", WORDS_PER_MINUTE, "-p", "45", "-w", file.name, text],
                       check=True, env=environment)
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", file.name, "-af", ESPEAK_FILTER, "-ar", str(RATE), "-f", "s16le", "-"],
                             check=True, capture_output=True).stdout
        return array.array("h", raw)


def loudness(samples):
    """The mean power of each frame, from 0 to 1."""
    frames = (samples[at:at + FRAME] for at in range(0, len(samples), FRAME))
    return [sum(sample * sample for sample in frame) / len(frame) / 32768 ** 2 for frame in frames]


def trim(samples):
    powers = loudness(samples)
    floor = max(powers) * SILENCE ** 2
    loud = [index for index, power in enumerate(powers) if power > floor]
    first, last = loud[0] * FRAME - MARGIN, (loud[-1] + 1) * FRAME + MARGIN
    return samples[max(first, 0):last]


def level(samples):
    """The speech in it is brought to SPEECH_RMS; what would then exceed the peak is bent, not cut."""
    powers = loudness(samples)
    floor = max(powers) / 1000
    speech = [power for power in powers if power > floor]
    gain = SPEECH_RMS / math.sqrt(sum(speech) / len(speech)) / 32768
    knee = PEAK_MAX * 0.6

    def bend(value):
        size = abs(value)
        if size <= knee:
            return value
        return math.copysign(knee + (PEAK_MAX - knee) * math.tanh((size - knee) / (PEAK_MAX - knee)), value)

    fade = FRAME // 4
    levelled = [bend(sample * gain) for sample in samples]
    for index in range(min(fade, len(levelled))):
        levelled[index] *= index / fade
        levelled[-1 - index] *= index / fade
    return array.array("h", (round(value * 32767) for value in levelled))


if __name__ == "__main__":
    main()
