// A program of somebody who generated a client from Postroom's document. It compiles only if the document's types are
// right and are no `any`, and does what it says against a running gateway.
import createClient from "openapi-fetch";
import type { components, paths } from "./postroom.js";

type Schemas = components["schemas"];

declare const process: { argv: string[] };
const [, , url, token] = process.argv;
if (url === undefined || token === undefined) throw new Error("give URL and TOKEN");

const postroom = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

function the<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const account: Schemas["NewAccount"] = {
  account: "typescript",
  name: "Ada",
  imap: { host: "127.0.0.1", port: 1, secure: false, disabled: true, auth: { user: "u", pass: "p" } },
  smtp: { host: "127.0.0.1", port: 1, secure: false, auth: { user: "u", pass: "p" } },
};
// @ts-expect-error: a name is needed
const nameless: Schemas["NewAccount"] = { account: "a" };
// @ts-expect-error: a port is a number
const misplaced: Schemas["NewAccount"] = { ...account, imap: { host: "h", port: "imap", auth: { user: "u", pass: "p" } } };
// @ts-expect-error: there is no such field
const unknown: Schemas["NewAccount"] = { ...account, nmae: "Ada" };

const registered = the(await postroom.POST("/v1/account", { body: account }));
const created: boolean | string = "created" in registered ? registered.created : registered.redirect;

const path = { account: "typescript" };
const found = the(await postroom.GET("/v1/account/{account}", { params: { path } }));
const state: Schemas["State"] = found.state;
// @ts-expect-error: there is no such state
const never = found.state === "online";
const greeting: string | undefined = found.server?.greeting;

const page = the(await postroom.GET("/v1/accounts", { params: { query: { pageSize: 10, query: "typescript" } } }));
const names: string[] = page.accounts.map((each) => each.account);

const submitted = the(
  await postroom.POST("/v1/account/{account}/submit", {
    params: { path, header: { "Idempotency-Key": "one" } },
    body: {
      from: { address: "ada@example.test" },
      to: [{ address: "bob@example.test" }],
      subject: "Offer",
      text: "Hello",
      sendAt: "2100-01-01T00:00:00Z",
    },
  }),
);
const queued = the(await postroom.GET("/v1/outbox", { params: { query: { account: "typescript" } } }));
const recipient: Schemas["OutboxRecipient"] | undefined = queued.messages[0]?.recipients[0];

const events = the(await postroom.GET("/v1/events", { params: { query: { account: "typescript", type: ["accountAdded"] } } }));

const refused = await postroom.POST("/v1/account", { body: { ...account, name: "" } });
const faults: string[] = refused.error?.fields?.map((field) => field.key) ?? [];
const missing = await postroom.GET("/v1/account/{account}", { params: { path: { account: "nobody" } } });

const removed = the(await postroom.DELETE("/v1/account/{account}", { params: { path } }));

console.log(
  JSON.stringify({
    created,
    state,
    greeting: greeting ?? null,
    names,
    isSame: queued.messages.map((each) => each.queueId).includes(submitted.queueId ?? ""),
    recipient: recipient?.address,
    events: events.events.map((each) => each.event),
    faults,
    missing: missing.error?.code,
    removed: removed.deleted,
  }),
);
void [nameless, misplaced, unknown, never];
