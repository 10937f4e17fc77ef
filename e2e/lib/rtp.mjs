// The sound of a phone whose signalling is somebody else's: it plays its tone as G.711 and keeps what comes.
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";

import { beeps, heardSeconds, TONES } from "./tone.mjs";

const RATE = 8000;
const FRAME_MILLIS = 20;
const FRAME_SAMPLES = RATE * FRAME_MILLIS / 1000;
const HEADER_BYTES = 12;
/** A whole number of beeps, so that the end joins the beginning. */
const LOOP_SECONDS = 10;

/** One port for sound; `begin` and `end` frame a call. */
export class Rtp {
  /** That plays the tone of somebody of the tests in beeps. */
  static open(tone) {
    return Rtp.playing(beeps({ hz: TONES[tone], rate: RATE, seconds: LOOP_SECONDS }));
  }

  /** That plays a steady tone of whole hertz, as loud as `amplitude` of what is possible. */
  static steady(hz, amplitude) {
    return Rtp.playing(Int16Array.from({ length: RATE }, (_, index) => Math.round(32767 * amplitude * Math.sin((2 * Math.PI * hz * index) / RATE))));
  }

  /** That plays these samples again and again. */
  static async playing(samples) {
    const rtp = new Rtp();
    rtp.frames = Array.from({ length: samples.length / FRAME_SAMPLES }, (_, index) =>
      Buffer.from(Array.from(samples.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES), toLaw)));
    rtp.samples = [];
    rtp.socket = createSocket("udp4");
    rtp.socket.on("message", (packet) => rtp.take(packet));
    await new Promise((done) => rtp.socket.bind(0, "127.0.0.1", done));
    rtp.port = rtp.socket.address().port;
    return rtp;
  }

  take(packet) {
    if ((packet[1] & 0x7f) !== 0) return;
    for (const byte of packet.subarray(HEADER_BYTES)) this.samples.push(fromLaw(byte) / 32768);
  }

  /** Plays to `{host, port}` from now on, as a new source. */
  begin({ host, port }) {
    this.end();
    this.samples = [];
    const head = Buffer.alloc(HEADER_BYTES);
    head[0] = 0x80;
    randomBytes(4).copy(head, 8);
    const startedAt = performance.now();
    let next = 0;
    this.timer = setInterval(() => {
      for (const due = Math.floor((performance.now() - startedAt) / FRAME_MILLIS); next < due; next += 1) {
        head.writeUInt16BE(next & 0xffff, 2);
        head.writeUInt32BE((next * FRAME_SAMPLES) >>> 0, 4);
        this.socket.send(Buffer.concat([head, this.frames[next % this.frames.length]]), port, host);
      }
    }, FRAME_MILLIS);
  }

  end() {
    clearInterval(this.timer);
  }

  /** What has been heard in the last `seconds`: `{rate, samples}`. */
  last(seconds) {
    return { rate: RATE, samples: Float32Array.from(this.samples.slice(-RATE * seconds)) };
  }

  /** What was heard since the beginning of the call, in seconds by tone. */
  heard() {
    return heardSeconds({ rate: RATE, samples: Float32Array.from(this.samples) });
  }

  close() {
    this.end();
    this.socket.close();
  }
}

/** µ-law (G.711). */
function toLaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const level = Math.min(Math.abs(sample), 32635) + 132;
  const exponent = Math.max(0, Math.floor(Math.log2(level)) - 7);
  return ~(sign | (exponent << 4) | ((level >> (exponent + 3)) & 15)) & 0xff;
}

function fromLaw(byte) {
  const law = ~byte & 0xff;
  const level = ((((law & 15) << 3) + 132) << ((law >> 4) & 7)) - 132;
  return law & 0x80 ? -level : level;
}
