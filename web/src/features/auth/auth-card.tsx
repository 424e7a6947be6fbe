// The frame of the two sign-in forms.
import { Paper } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { Logo } from "../../ui/icon";

export function AuthCard({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Fairlead`;
  }, [title]);
  return (
    <div style={{ display: "grid", placeItems: "center", padding: "9vh 14px 60px" }}>
      <Paper p="xl" w="100%" maw={380}>
        <Logo size={30} />
        <h1 style={{ fontSize: 19, fontWeight: 600, margin: "10px 0 16px" }}>{title}</h1>
        {children}
      </Paper>
    </div>
  );
}

/** Where to go after signing in: only addresses of this site are followed. */
export function nextAddress(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  return next.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\")
    ? next
    : "/dashboard";
}
