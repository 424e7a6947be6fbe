// What a page may ask about the signed-in user without knowing how signing in works.
import { useQuery } from "@tanstack/react-query";
import { meQuery, type User } from "./resources/auth";

export function useUser(): User | null {
  return useQuery(meQuery).data ?? null;
}
