// Every address of the product, a line per page.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { whenSignedOut } from "../lib/http";
import { queryClient } from "../lib/queries";
import { meQuery } from "../lib/resources/auth";
import { Crash, Missing } from "./fallback";
import { EitherShell, PublicShell } from "./public-shell";
import { Shell } from "./shell";

const root = createRootRoute({ notFoundComponent: Missing, errorComponent: Crash });
const loadVisitor = () => loadUser().catch(() => null);
const loadUser = () => queryClient.ensureQueryData(meQuery);

const open = createRoute({ getParentRoute: () => root, id: "open", component: PublicShell, loader: loadVisitor });
const either = createRoute({ getParentRoute: () => root, id: "either", component: EitherShell, loader: loadVisitor });
const member = createRoute({
  getParentRoute: () => root,
  id: "member",
  component: Shell,
  beforeLoad: async ({ location }) => {
    if ((await loadUser()) === null) throw redirect({ to: "/sign-in", search: { next: location.href } });
  },
});

type Importer = Parameters<typeof lazyRouteComponent>[0];
const page = <P extends string>(path: P, load: Importer) =>
  createRoute({ getParentRoute: () => member, path, component: lazyRouteComponent(load) });
const openPage = <P extends string>(path: P, load: Importer) =>
  createRoute({ getParentRoute: () => open, path, component: lazyRouteComponent(load) });
const eitherPage = <P extends string>(path: P, load: Importer) =>
  createRoute({ getParentRoute: () => either, path, component: lazyRouteComponent(load) });

const routeTree = root.addChildren([
  open.addChildren([
    openPage("/", () => import("../features/landing/landing-page")),
    openPage("/sign-in", () => import("../features/auth/sign-in-page")),
    openPage("/sign-up", () => import("../features/auth/sign-up-page")),
  ]),
  member.addChildren([
    page("/dashboard", () => import("../features/landing/landing-page")),
  ]),
]);

export const router = createRouter({ routeTree, defaultPreload: "intent", scrollRestoration: true });

whenSignedOut(() => {
  queryClient.setQueryData(meQuery.queryKey, null);
  if (!/^\/($|sign-|catalog)/.test(location.pathname)) {
    void router.navigate({ to: "/sign-in", search: { next: location.pathname + location.search } });
  }
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
