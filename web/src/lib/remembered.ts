// What this browser asked runs for, so that a form can be filled again; lost without harm.
const store = "fairlead-asked";
const keep = 40;

export function remember(id: string, asked: Record<string, unknown>): void {
  try {
    const all = { ...readAll(), [id]: asked };
    const newest = Object.entries(all).slice(-keep);
    localStorage.setItem(store, JSON.stringify(Object.fromEntries(newest)));
  } catch {
    // Storage is full or forbidden: the form starts empty next time.
  }
}

export function remembered(id: string): Record<string, unknown> | null {
  return readAll()[id] ?? null;
}

function readAll(): Record<string, Record<string, unknown>> {
  try {
    return JSON.parse(localStorage.getItem(store) ?? "{}") as Record<
      string,
      Record<string, unknown>
    >;
  } catch {
    return {};
  }
}
