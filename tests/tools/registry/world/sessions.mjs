// Who may ask: a sign-in ends two hours after it began, and not everybody may write.
import { json, refusal } from "./answers.mjs";

const TWO_HOURS = 2 * 60 * 60;
const SIGNED_IN = ["whoami", "stage-list", "stage-view", "stage-download", "stage-publish"];

export class Sessions {
  #began = new Map();

  /** A refusal of what is asked, or null. */
  refuses(request, wanted) {
    if (!request.writes && !SIGNED_IN.includes(request.kind)) return null;
    if (!this.#lives(request.headers.authorization, wanted)) return withoutRight(request, wanted, 401, "Unauthorized");
    return request.writes && !wanted.may_write ? withoutRight(request, wanted, 403, "You do not have permission") : null;
  }

  /** Remembers when the session began that an answer opens. */
  opened(result, wanted) {
    const token = json(result.body)?.token;
    if (token) this.#began.set(`Bearer ${token}`, seconds(wanted));
  }

  #lives(authorization, wanted) {
    if (!authorization) return false;
    if (!this.#began.has(authorization)) this.#began.set(authorization, seconds({ clock_ahead: 0 }));
    return seconds(wanted) - this.#began.get(authorization) < TWO_HOURS;
  }
}

/** npm hides from whoever may not write a package whether it is there. */
function withoutRight(request, wanted, status, text) {
  if (request.method !== "PUT") return refusal(status, text);
  return refusal(wanted.unauthorised_put, wanted.unauthorised_put === 404 ? "Not found" : text);
}

function seconds(wanted) {
  return Date.now() / 1000 + wanted.clock_ahead;
}
