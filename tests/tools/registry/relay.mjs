// A TCP relay before a registry that can hold a publish: node relay.mjs REGISTRY before|after
//
// Prints {"url": "..."} when it answers, and {"held": true} when it holds a publish: `before` the
// registry has seen any of it, or `after` the registry has answered. A line on standard input lets
// the held connection and all later ones through; the line `cut` ends the held one instead, as a network
// that goes away does. The end of standard input ends the relay.
import net from "node:net";
import readline from "node:readline";

const registry = new URL(process.argv[2]);
const mode = process.argv[3];
const say = (fact) => process.stdout.write(`${JSON.stringify(fact)}\n`);
let holding = true;
let release = () => {};
let cut = () => {};

const server = net.createServer((client) => {
  const upstream = net.connect(registry.port, registry.hostname);
  let publish = false;
  let parked = [];
  const hold = () => {
    say({ held: true });
    cut = () => {
      client.destroy();
      upstream.destroy();
    };
    release = () => {
      const waiting = parked;
      parked = null;
      waiting.forEach((send) => send());
    };
  };
  client.on("data", (bytes) => {
    if (holding && !publish && /^PUT \/[^/ ]+ HTTP/.test(bytes.toString("latin1"))) {
      publish = true;
      if (mode === "before") hold();
    }
    if (publish && holding && mode === "before" && parked) parked.push(() => upstream.write(bytes));
    else upstream.write(bytes);
  });
  upstream.on("data", (bytes) => {
    if (publish && holding && mode === "after") {
      if (parked.length === 0) hold();
      if (parked) return parked.push(() => client.write(bytes));
    }
    return client.write(bytes);
  });
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
  client.on("close", () => upstream.end());
  upstream.on("close", () => {
    // The registry lets go of a connection that was idle for long; its answer is still held.
    if (publish && holding && mode === "after" && parked) parked.push(() => client.end());
    else client.end();
  });
});

server.listen(0, "127.0.0.1", () => say({ url: `http://127.0.0.1:${server.address().port}/` }));
const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => {
  holding = false;
  if (line === "cut") cut();
  else release();
});
lines.on("close", () => process.exit(0));
