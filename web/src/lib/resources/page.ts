// Lists that come in pages: one query that reads on with the cursor.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { live } from "../queries";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Turn {
  limit: number;
  cursor?: string;
}

export function pagedQuery<T>(
  key: readonly unknown[],
  read: (turn: Turn, signal: AbortSignal) => Promise<Page<T>>,
) {
  return infiniteQueryOptions({
    queryKey: [...key],
    queryFn: ({ pageParam, signal }) =>
      read({ limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<T>) => page.next_cursor,
    meta: live,
  });
}

export type PagedQuery<T> = ReturnType<typeof pagedQuery<T>>;
