// Search parameters of addresses as plain text; empty ones are left out.
export type Search = Record<string, string | number | boolean | null | undefined>;

export function searchText(query: Search): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

export function searchValues(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}
