
// Everything below is the same for every scenario; PLAN above is what differs. Each phase is a k6 scenario with the tag `phase`, so that
// its points can be told apart in k6's NDJSON. k6 runs every virtual user in a world of its own: values captured from answers are kept by
// each for itself. Thresholds that k6 does not know are judged from the points afterwards; k6's own verdict is kept beside.

const TARGET = __ENV.PERFLEDGER_TARGET_URL || PLAN.base_url;
const KEEP_CAPTURED = 1000;
// Answers are hostile, and values go into paths and headers.
const LONGEST = 4096;
const NUMBERS = 1e9;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz      ';

export const options = {
  scenarios: PLAN.k6.scenarios,
  thresholds: PLAN.k6.thresholds,
  discardResponseBodies: false,
  insecureSkipTLSVerify: false,
  noConnectionReuse: false,
  maxRedirects: 0,
  setupTimeout: '120s',
  // Neither `url` nor `error`: both hold paths, and secrets in them.
  systemTags: ['status', 'method', 'name', 'check', 'error_code', 'scenario', 'expected_response', 'group', 'proto'],
};

for (const name of PLAN.environment) {
  if (__ENV[name] === undefined) throw new Error(`the environment variable ${name} is not set; the scenario refers to it`);
}

// Every request and whether it failed, by its status or a check: k6's own `http_req_failed` knows of statuses alone. When the run began, in
// ms since 1970, setup left out: the first request may come late.
const failed = new Rate('perfledger_failed');
const begun = new Gauge('perfledger_begun');
const told = new Set();

const captured = new Map();
const missing = Symbol('missing');

// Each request's random choices begin from the seed, its phase and its number there: they repeat from run to run.
function generator(...parts) {
  let state = 2166136261;
  for (const part of parts) {
    let rest = part;
    for (let byte = 0; byte < 7; byte += 1) {
      state = Math.imul(state ^ (rest & 255), 16777619);
      rest = Math.floor(rest / 256);
    }
  }
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  next();
  return next;
}

// RFC 6901.
function pointer(document, place) {
  let found = document;
  for (const raw of place.split('/').slice(1)) {
    const step = raw.replace(/~1/g, '/').replace(/~0/g, '~');
    if (Array.isArray(found) && /^[0-9]+$/.test(step) && Number(step) < found.length) found = found[Number(step)];
    else if (found !== null && typeof found === 'object' && !Array.isArray(found) && Object.hasOwn(found, step)) found = found[step];
    else return missing;
  }
  return found;
}

const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

// All but unreserved characters percent-encoded (RFC 3986, section 2.3).
const forPath = (text) => Array.from(text, (one) => {
  if (/^[A-Za-z0-9._~-]$/.test(one)) return one;
  const code = one.codePointAt(0);
  if (code >= 0xd800 && code <= 0xdfff) return '%EF%BF%BD';
  return code < 128 ? `%${code.toString(16).toUpperCase().padStart(2, '0')}` : encodeURIComponent(one);
}).join('');

// Control characters as blanks: a line break would end the header.
const forHeader = (text) => Array.from(text, (one) => (one.codePointAt(0) < 32 || one === '\u007f' ? ' ' : one)).join('');

const asIs = (text) => text;

function same(left, right) {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]));
}

class Context {
  constructor(random, number, data) {
    this.random = random;
    this.number = number;
    this.data = data;
    this.drawn = new Map();
    this.items = new Map();
  }

  below(count) {
    return Math.floor(this.random() * count);
  }

  value(index) {
    if (!this.drawn.has(index)) this.drawn.set(index, this.draw(...PLAN.draws[index]));
    return this.drawn.get(index);
  }

  draw(kind, first, second) {
    switch (kind) {
      case 'int': return first + this.below(second - first + 1);
      case 'repeat': return this.random() * 10000 < first ? 1 + this.below(second) : second + 1 + this.number;
      case 'uuid': {
        const digits = Array.from({ length: 32 }, (_, at) => (at === 12 ? 4 : at === 16 ? 8 + this.below(4) : this.below(16)).toString(16)).join('');
        return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      }
      case 'text': return Array.from({ length: first }, () => LETTERS[this.below(LETTERS.length)]).join('');
      case 'choice': return first[this.below(first.length)];
      case 'arrival': return this.number;
      case 'captured': {
        const values = captured.get(first);
        return values && values.length ? values[this.below(values.length)] : '';
      }
      case 'data': {
        if (!this.items.has(first)) this.items.set(first, this.data[first][this.below(this.data[first].length)]);
        const found = pointer(this.items.get(first), second);
        return found === missing ? '' : found;
      }
      default: throw new Error(kind);
    }
  }

  // What stands in the scenario is written for its place already.
  piece(piece, written) {
    if (typeof piece === 'string') return piece;
    return written(typeof piece === 'number' ? asText(this.value(piece)) : __ENV[piece.env]);
  }

  text(template, written = asIs) {
    return typeof template === 'string' ? template : template.$.map((piece) => this.piece(piece, written)).join('');
  }

  // A string that is nothing but one placeholder becomes the value, whatever its type.
  fill(template) {
    if (Array.isArray(template)) return template.map((item) => this.fill(item));
    if (template === null || typeof template !== 'object') return template;
    if (template.$ !== undefined) {
      return template.$.length === 1 && typeof template.$[0] === 'number' ? this.value(template.$[0]) : this.text(template);
    }
    return Object.fromEntries(Object.entries(template.$map || template).map(([key, item]) => [key, this.fill(item)]));
  }

  headers(pairs) {
    return Object.fromEntries(pairs.map(([name, value]) => [name, this.text(value, forHeader)]));
  }

  holds(demand, status, document) {
    const [kind, place, second, third] = demand;
    if (kind === 'status') return accepted(status, [place]);
    const found = document === undefined ? missing : pointer(document, place);
    if (kind === 'exists') return found !== missing && found !== null;
    if (found === missing) return false;
    if (kind === 'equals') return same(found, this.fill(second));
    if (kind === 'matches') return new RegExp(second).test(asText(found));
    return typeof found === 'number' && (second === null || found >= second) && (third === null || found <= third);
  }
}

function accepted(status, patterns) {
  return patterns.some(([kind, value]) => (kind === 'exact' ? status === value : Math.floor(status / 100) === value));
}

// Data is fetched once, before load; its points carry the group `::setup`.
export function setup() {
  return Object.fromEntries(Object.entries(PLAN.data).map(([name, source]) => {
    if (source.values) return [name, source.values];
    const context = new Context(generator(PLAN.seed), 0, {});
    const answer = http.get(TARGET + source.path, { headers: context.headers(PLAN.headers) });
    const found = pointer(answer.json(), source.pointer);
    if (!Array.isArray(found) || found.length === 0) throw new Error(`data ${name}: there is no list with values at ${source.pointer}`);
    return [name, found];
  }));
}

// A request whose captured value is not there yet gives way to one that captures it, and so on. A scenario whose captures go round in
// circles is refused when it is read.
function draw(phase, random) {
  const at = random() * phase.weights[phase.weights.length - 1];
  let chosen = Math.max(0, phase.weights.findIndex((weight) => at < weight));
  for (let tries = 0; tries < PLAN.requests.length; tries += 1) {
    const lacking = PLAN.requests[chosen].needs.find((name) => !captured.has(name));
    if (lacking === undefined) break;
    const source = PLAN.requests.findIndex((request) => Object.hasOwn(request.capture, lacking));
    if (source >= 0) chosen = source;
  }
  return chosen;
}

export default function (data) {
  const index = Number(exec.scenario.name.split('_')[0].slice(1));
  const phase = PLAN.phases[index];
  const number = exec.scenario.iterationInTest;
  if (!told.has(index)) {
    told.add(index);
    begun.add(exec.scenario.startTime - parseInt(PLAN.k6.scenarios[exec.scenario.name].startTime, 10));
  }
  const random = generator(PLAN.seed, index, number);
  const request = PLAN.requests[draw(phase, random)];
  const context = new Context(random, index * NUMBERS + number, data);
  const path = context.text(request.path, forPath);
  const headers = context.headers(PLAN.headers.concat(request.headers));
  let body = null;
  if (request.body) {
    const json = request.body[0] === 'json';
    body = json ? JSON.stringify(context.fill(request.body[1])) : context.text(request.body[1]);
    if (json && !Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) headers['content-type'] = 'application/json';
  }
  const tags = { ...request.tags, name: request.name };
  const answer = http.request(request.method, TARGET + path, body, {
    headers,
    tags,
    timeout: PLAN.timeout_s * 1000,
    responseCallback: RESPONSES[request.name],
  });
  let document;
  if (request.json && answer.body) {
    try {
      document = JSON.parse(answer.body);
    } catch (_) {
      document = undefined;
    }
  }
  const right = accepted(answer.status, request.accept);
  // As the points of the request have them, so that all are found by the same selectors.
  const shared = { ...tags, method: request.method, expected_response: String(right), status: String(answer.status) };
  if (answer.error_code) shared.error_code = String(answer.error_code);
  let held = right;
  for (const one of request.checks) {
    // What was not answered has nothing to be checked.
    if (answer.status === 0) break;
    const passed = context.holds(one.demand, answer.status, document);
    check(answer, { [one.name]: () => passed }, shared);
    held = held && passed;
  }
  failed.add(!held, { ...shared, failure: held ? 'none' : right ? 'check' : 'status' });
  if (held) {
    for (const [name, place] of Object.entries(request.capture)) {
      const found = document === undefined ? missing : pointer(document, place);
      if (found !== missing && found !== null && asText(found).length <= LONGEST) {
        if (!captured.has(name)) captured.set(name, []);
        captured.get(name).push(found);
        if (captured.get(name).length > KEEP_CAPTURED) captured.get(name).shift();
      }
    }
  }
  if (phase.users) {
    const [low, high] = phase.users.think_s;
    if (high > 0) sleep(low + (high - low) * random());
  }
}

// What k6 takes for no failure: statuses as they are, classes as ranges.
const RESPONSES = Object.fromEntries(PLAN.requests.map((request) => [
  request.name,
  http.expectedStatuses(...request.accept.map(([kind, value]) => (kind === 'exact' ? value : { min: value * 100, max: value * 100 + 99 }))),
]));

// k6's own verdicts, with true for a threshold that was met. The summary that k6 writes by itself says the opposite.
export function handleSummary(data) {
  const thresholds = [];
  for (const [metric, entry] of Object.entries(data.metrics)) {
    for (const [expression, verdict] of Object.entries(entry.thresholds || {})) {
      thresholds.push({ metric, expression, passed: verdict.ok });
    }
  }
  return { [__ENV.PERFLEDGER_VERDICTS || 'stdout']: `${JSON.stringify({ schema: 'perfledger-k6/1', thresholds })}\n` };
}
