// Problems the API reports (RFC 9457), as errors a page can show: what happened, where, and what to do about it.

export interface FieldFault {
  path: string;
  message: string;
}

interface ProblemBody {
  title?: string;
  detail?: string;
  action?: string | null;
  expected?: string | null;
  found?: string | null;
  path?: string | null;
  errors?: { path?: string; loc?: (string | number)[]; message?: string; msg?: string; expected?: string }[];
}

export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly action: string | null;
  readonly faults: FieldFault[];

  constructor(status: number, title: string, detail: string, action: string | null, faults: FieldFault[] = []) {
    super(detail || title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.action = action;
    this.faults = faults;
  }

  /** True when the page was read before somebody else changed the same thing. */
  get stale(): boolean {
    return this.status === 412 || (this.status === 409 && /stale|version/i.test(`${this.title} ${this.message}`));
  }
}

const fallbackTitles: Record<number, string> = {
  401: "Sign in to go on",
  403: "Not allowed",
  404: "Not found",
  409: "Conflict",
  412: "This page is out of date",
  429: "Too many requests",
  502: "The server is not reachable",
  503: "Not available right now",
  504: "The server did not answer in time",
};

export function unreachable(): Problem {
  return new Problem(
    0,
    "The server cannot be reached",
    "No answer came back from Fairlead. What you typed is still here.",
    "Check the connection and try again.",
  );
}

export async function problemOf(response: Response): Promise<Problem> {
  const body = await readBody(response);
  const title = body.title ?? fallbackTitles[response.status] ?? "Something went wrong";
  return new Problem(response.status, title, detailOf(body), body.action ?? null, faultsOf(body));
}

async function readBody(response: Response): Promise<ProblemBody> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as ProblemBody) : {};
  } catch {
    return {};
  }
}

function detailOf(body: ProblemBody): string {
  const parts = [body.detail ?? ""];
  if (body.expected && !parts[0]?.includes(body.expected)) parts.push(`Expected ${body.expected}.`);
  if (body.found && !parts[0]?.includes(body.found)) parts.push(`Found ${body.found}.`);
  return parts.filter(Boolean).join(" ");
}

function faultsOf(body: ProblemBody): FieldFault[] {
  const listed = (body.errors ?? []).map((error) => ({
    path: error.path ?? (error.loc ?? []).filter((part) => part !== "body").join("."),
    message: error.message ?? error.msg ?? error.expected ?? "is not valid",
  }));
  if (listed.length === 0 && body.path) return [{ path: body.path, message: detailOf(body) }];
  return listed;
}

/** Any thrown value as a problem, so that every page has one way to show an error. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : "The page met an unexpected error.";
  return new Problem(-1, "Something went wrong on this page", detail, "Reload the page.");
}
