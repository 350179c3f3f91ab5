// The second factor: a code of six digits, or a page of the browser, asked at each writing call.
import { randomUUID } from "node:crypto";
import { answer, refusal, nothing } from "./answers.mjs";

const CODE = "123456";
const CHALLENGE = { "www-authenticate": "OTP" };

export class Factor {
  #prompts = new Map();

  /** The question for the factor, or null where it was given or is not wanted. */
  asks(request, wanted, url) {
    if (wanted.factor === "none" || !(request.writes || request.kind === "sign-in")) return null;
    const given = request.headers["npm-otp"];
    if (wanted.factor === "code") return given === CODE ? null : refusal(401, "You must provide a one-time pass.", CHALLENGE);
    return this.#came(given, request.headers["npm-session"]) ? null : answer(401, this.#prompt(url, "authUrl"), CHALLENGE);
  }

  /** Opens a page on which one signs in; `token` is given to npm when somebody was there. */
  signsIn(url, token) {
    return answer(200, this.#prompt(url, "loginUrl", token));
  }

  /** The page that a person opens in the browser; being there is the proof. */
  page(id) {
    const prompt = this.#prompts.get(id);
    if (!prompt) return nothing();
    prompt.accepted = true;
    return { status: 200, headers: { "content-type": "text/plain" }, body: Buffer.from("It is you. You can close this page.\n") };
  }

  /** What npm asks again and again until somebody was on the page. */
  done(id, wanted) {
    const prompt = this.#prompts.get(id);
    if (!prompt) return nothing();
    return prompt.accepted ? answer(200, { token: prompt.token }) : answer(202, {}, { "retry-after": String(wanted.browser_asked_every) });
  }

  #prompt(url, page, token = randomUUID()) {
    const id = randomUUID();
    this.#prompts.set(id, { accepted: false, token });
    return { [page]: `${url}auth/cli/${id}`, doneUrl: `${url}-/v1/done?authId=${id}` };
  }

  /** A proof of the browser is good for one command: the first that shows it. */
  #came(given, session) {
    const prompt = [...this.#prompts.values()].find((one) => one.accepted && one.token === given);
    if (!prompt) return false;
    prompt.session ??= session;
    return prompt.session === session;
  }
}
