// Who is signed in, and the acts that change it.
import { queryOptions } from "@tanstack/react-query";
import { get, post, refreshSession, send } from "../http";
import { Problem } from "../problem";
import { queryClient } from "../queries";

export interface User {
  id: string;
  email: string;
  name: string;
  role: "trader" | "author" | "support" | "admin";
}

export interface SignInSession {
  id: string;
  created_at: string;
  last_used_at?: string | null;
  user_agent?: string | null;
  current?: boolean;
}

export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  prefix?: string;
  created_at: string;
  last_used_at?: string | null;
}

/** The signed-in user, or null for a visitor; an expired session is renewed once without a word. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<User | null> => {
    const me = () => get<{ user: User }>("/auth/me").then((answer) => answer.user);
    try {
      return await me();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      return (await refreshSession()) ? await me().catch(() => null) : null;
    }
  },
  staleTime: 300_000,
});

export async function signIn(email: string, password: string): Promise<User> {
  const { user } = await post<{ user: User }>("/auth/login", { email, password });
  return become(user);
}

export async function signUp(name: string, email: string, password: string): Promise<User> {
  const { user } = await post<{ user: User }>("/auth/register", { name, email, password });
  return become(user);
}

export async function signOut(): Promise<void> {
  await post("/auth/logout");
  queryClient.clear();
  queryClient.setQueryData(meQuery.queryKey, null);
}

function become(user: User): User {
  queryClient.clear();
  queryClient.setQueryData(meQuery.queryKey, user);
  return user;
}

export const sessionsQuery = queryOptions({
  queryKey: ["sign-in-sessions"],
  queryFn: () => get<{ items: SignInSession[] } | SignInSession[]>("/auth/sessions").then(listOf),
});

export const apiKeysQuery = queryOptions({
  queryKey: ["api-keys"],
  queryFn: () => get<{ items: ApiKey[] } | ApiKey[]>("/api-keys").then(listOf),
});

export const createApiKey = (name: string, scopes: string[]) => post<ApiKey & { key?: string; token?: string }>("/api-keys", { name, scopes });
export const deleteApiKey = (id: string) => send("DELETE", `/api-keys/${id}`);
export const revokeSession = (id: string) => send("DELETE", `/auth/sessions/${id}`);

function listOf<T>(answer: { items: T[] } | T[]): T[] {
  return Array.isArray(answer) ? answer : answer.items;
}
