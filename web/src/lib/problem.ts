// Problems the API reports (RFC 9457), as errors a page can show.

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
  errors?: FieldFault[] | null;
}

export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly action: string | null;
  readonly faults: FieldFault[];
  /** What was expected and what was found, where the server says so. */
  readonly compared: string;
  /** Where in what was sent the fault lies, as a JSON pointer; null where it has no place. */
  readonly path: string | null;

  constructor(
    status: number,
    title: string,
    detail: string,
    rest: Partial<Pick<Problem, "action" | "faults" | "compared" | "path">> = {},
  ) {
    super(detail || title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.action = rest.action ?? null;
    this.faults = rest.faults ?? [];
    this.compared = rest.compared ?? "";
    this.path = rest.path ?? null;
  }

  /** True when the page was read before somebody else changed the same thing. */
  get stale(): boolean {
    return this.status === 412;
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
    "No answer came back from the server. What you typed is still here.",
    { action: "Check the connection and try again." },
  );
}

export async function problemOf(response: Response): Promise<Problem> {
  const body = await readBody(response);
  const title = fallbackTitles[response.status] ?? body.title ?? "Something went wrong";
  const faults = faultsOf(body);
  const compared = faults.length > 0 ? "" : comparisonOf(body);
  return new Problem(response.status, title, body.detail ?? "", {
    action: body.action,
    faults,
    compared,
    path: body.path ?? null,
  });
}

async function readBody(response: Response): Promise<ProblemBody> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as ProblemBody) : {};
  } catch {
    return {};
  }
}

function comparisonOf(body: ProblemBody): string {
  const parts = [
    body.expected ? `Expected ${body.expected}` : "",
    body.found ? `found ${body.found}` : "",
  ];
  const text = parts.filter(Boolean).join(", ");
  return text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function faultsOf(body: ProblemBody): FieldFault[] {
  return (body.errors ?? []).map((error) => ({ path: error.path, message: error.message }));
}

/** Any thrown value as a problem, so that every page has one way to show an error. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : "The page met an unexpected error.";
  return new Problem(-1, "Something went wrong on this page", detail, {
    action: "Reload the page.",
  });
}
