// A registry that demands a second factor for writing: node proxy-otp.mjs REGISTRY
//
// Passes everything on to the registry, but answers a change without the right one-time password as
// npm's own registry does: 401 with `www-authenticate: OTP`. Prints {"url": "..."} when it answers.
import http from "node:http";

const registry = new URL(process.argv[2]);
const password = "123456";

const server = http.createServer((request, response) => {
  const writes = ["PUT", "POST", "DELETE"].includes(request.method);
  if (writes && request.headers["npm-otp"] !== password) {
    request.resume();
    request.on("end", () => {
      response.writeHead(401, { "content-type": "application/json", "www-authenticate": "OTP" });
      response.end(JSON.stringify({ error: "You must provide a one-time pass." }));
    });
    return;
  }
  const options = { host: registry.hostname, port: registry.port, path: request.url, method: request.method, headers: { ...request.headers, host: registry.host } };
  const upstream = http.request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  upstream.on("error", () => response.destroy());
  request.pipe(upstream);
});

server.listen(0, "127.0.0.1", () => process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/` })}\n`));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
