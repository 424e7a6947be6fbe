// Lists that come in pages: the shape and one query that reads on with the cursor.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { get, type Query } from "../http";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export function pagedQuery<T>(
  key: readonly unknown[],
  path: string,
  query: Query = {},
  pageSize = 50,
) {
  return infiniteQueryOptions({
    queryKey: [...key, query],
    queryFn: ({ pageParam, signal }) =>
      get<Page<T>>(path, { ...query, limit: pageSize, cursor: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<T>) => page.next_cursor,
    meta: { live: true },
  });
}

export type PagedQuery<T> = ReturnType<typeof pagedQuery<T>>;
