// The ledger of trials: every set that was ever tried, whoever tried it and how.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas } from "../http";

export type Trial = Schemas["TrialView"];
export type TrialTotals = Schemas["TrialTotals"];

export const trialsQuery = (family: string) =>
  infiniteQueryOptions({
    queryKey: ["trials", family],
    queryFn: ({ pageParam, signal }) => {
      const query = { family, limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return bodyOf(api.GET("/api/v1/trials", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
