// Who is signed in, and the acts that change it.
import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, maybeSignedIn, type Schemas } from "../http";
import { Problem } from "../problem";
import { queryClient } from "../queries";

export type User = Schemas["UserView"];
export type SignInSession = Schemas["SessionView"];
export type ApiKey = Schemas["KeyView"];
export type KeyScope = ApiKey["scopes"][number];

export const keyScopes: KeyScope[] = ["read", "research", "strategies", "trade", "admin"];

/** The signed-in user, or null for a visitor; an expired session is renewed without a word. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<User | null> => {
    if (!maybeSignedIn()) return null;
    try {
      return (await bodyOf(api.GET("/api/v1/auth/me"))).user;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 300_000,
});

export async function signIn(email: string, password: string): Promise<User> {
  return become(bodyOf(api.POST("/api/v1/auth/login", { body: { email, password } })));
}

export async function signUp(name: string, email: string, password: string): Promise<User> {
  return become(bodyOf(api.POST("/api/v1/auth/register", { body: { name, email, password } })));
}

export async function signOut(): Promise<void> {
  await api.POST("/api/v1/auth/logout");
  queryClient.clear();
  queryClient.setQueryData(meQuery.queryKey, null);
}

async function become(signedIn: Promise<Schemas["SignInView"]>): Promise<User> {
  const { user } = await signedIn;
  queryClient.clear();
  queryClient.setQueryData(meQuery.queryKey, user);
  return user;
}

export const sessionsQuery = queryOptions({
  queryKey: ["sign-in-sessions"],
  queryFn: () => bodyOf(api.GET("/api/v1/auth/sessions")),
});

export const apiKeysQuery = queryOptions({
  queryKey: ["api-keys"],
  queryFn: () => bodyOf(api.GET("/api/v1/api-keys")),
});

export const createApiKey = (name: string, scopes: KeyScope[], days: number | null) =>
  bodyOf(api.POST("/api/v1/api-keys", { body: { name, scopes, expires_in_days: days } }));

export const deleteApiKey = (id: string) =>
  api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: id } } });

export const revokeSession = (id: string) =>
  api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: id } } });

export const changePassword = (current: string, next: string) =>
  api.POST("/api/v1/auth/password", { body: { current, new: next } });

export const askReset = (email: string) =>
  api.POST("/api/v1/auth/password-reset", { body: { email } });

export const resetPassword = (token: string, password: string) =>
  api.POST("/api/v1/auth/password-reset/confirm", { body: { token, password } });

export const verifyEmail = (token: string) =>
  api.POST("/api/v1/auth/verify-email", { body: { token } });
