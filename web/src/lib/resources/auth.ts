// Who is signed in, and the acts that change it.
import { queryOptions } from "@tanstack/react-query";
import { get, maybeSignedIn, post, refreshSession, send } from "../http";
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
  device: string;
  address: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  current: boolean;
}

export const keyScopes = ["read", "research", "strategies", "trade", "admin"] as const;

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}

/** The signed-in user, or null for a visitor; an expired session is renewed once without a word. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<User | null> => {
    if (!maybeSignedIn()) return null;
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
  queryFn: () => get<SignInSession[]>("/auth/sessions"),
});

export const apiKeysQuery = queryOptions({
  queryKey: ["api-keys"],
  queryFn: () => get<ApiKey[]>("/api-keys"),
});

export const createApiKey = (name: string, scopes: string[], days: number | null) =>
  post<ApiKey & { key: string }>("/api-keys", { name, scopes, expires_in_days: days });
export const deleteApiKey = (id: string) => send("DELETE", `/api-keys/${id}`);
export const revokeSession = (id: string) => send("DELETE", `/auth/sessions/${id}`);
export const changePassword = (current: string, next: string) =>
  post("/auth/password", { current, new: next });
export const askReset = (email: string) => post("/auth/password-reset", { email });
export const resetPassword = (token: string, password: string) =>
  post("/auth/password-reset/confirm", { token, password });
export const verifyEmail = (token: string) => post("/auth/verify-email", { token });
