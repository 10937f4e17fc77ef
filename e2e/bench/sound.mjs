// The sound of many calls: RTP from the ports that the callers offered to the ports that they were answered.
import { createSocket } from "node:dgram";

const FRAME_MILLIS = 20;
const FRAME_BYTES = 160;
const HEADER_BYTES = 12;

/** Caller's and answered port of every call in SIPp's messages: `[{from, to: {host, port}}]`. */
export function portsOf(messages) {
  const calls = new Map();
  for (const message of messages.split(/^-{10,}.*$/m)) {
    const callId = /^Call-ID: (\S+)/m.exec(message)?.[1];
    const media = /^m=audio (\d+)/m.exec(message)?.[1];
    if (!callId || !media) continue;
    const call = calls.get(callId) ?? {};
    if (/^INVITE /m.test(message)) call.from = Number(media);
    else if (/^SIP\/2\.0 200/m.test(message)) call.to = { port: Number(media), host: /^c=IN IP4 (\S+)/m.exec(message)[1] };
    calls.set(callId, call);
  }
  return [...calls.values()].filter((call) => call.from && call.to);
}

/** Sends a frame for each call every 20 ms; `stop()` ends it. */
export async function play(calls) {
  const streams = await Promise.all(calls.map(async ({ from, to }, index) => {
    const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 19 });
    await new Promise((done, failed) => socket.once("error", failed).bind(from, "127.0.0.1", done));
    socket.on("message", () => {}); // What comes back is received, as a phone would.
    const packet = Buffer.alloc(HEADER_BYTES + FRAME_BYTES, 0xd5);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt32BE(0x10000 + index, 8);
    return { socket, to, packet };
  }));
  const startedAt = performance.now();
  let frame = 0;
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - startedAt) / FRAME_MILLIS);
    for (; frame < due; frame += 1) {
      for (const { socket, to, packet } of streams) {
        packet.writeUInt16BE(frame & 0xffff, 2);
        packet.writeUInt32BE((frame * FRAME_BYTES) >>> 0, 4);
        socket.send(Buffer.from(packet), to.port, to.host);
      }
    }
  }, FRAME_MILLIS);
  return {
    stop: () => {
      clearInterval(timer);
      for (const { socket } of streams) socket.close();
    },
  };
}
