// Every address of the product, a line per page.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { searchText, searchValues } from "../lib/address";
import { whenSignedOut } from "../lib/http";
import { queryClient } from "../lib/queries";
import { meQuery } from "../lib/resources/auth";
import { Crash, Missing } from "./fallback";
import { EitherShell, PublicShell } from "./public-shell";
import { Shell } from "./shell";

const root = createRootRoute({
  notFoundComponent: Missing,
  errorComponent: Crash,
  validateSearch: (search): Record<string, string> => search as Record<string, string>,
});
const loadUser = () => queryClient.ensureQueryData(meQuery);
const loadVisitor = () => loadUser().catch(() => null);

const open = createRoute({
  getParentRoute: () => root,
  id: "open",
  component: PublicShell,
  loader: loadVisitor,
});
const either = createRoute({
  getParentRoute: () => root,
  id: "either",
  component: EitherShell,
  loader: loadVisitor,
});
const member = createRoute({
  getParentRoute: () => root,
  id: "member",
  component: Shell,
  beforeLoad: async ({ location }) => {
    if ((await loadUser()) === null)
      throw redirect({ to: "/sign-in", search: { next: location.href } });
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
    openPage("/forgot-password", () => import("../features/auth/forgot-page")),
    openPage("/reset-password", () => import("../features/auth/reset-page")),
    openPage("/verify-email", () => import("../features/auth/verify-page")),
    openPage("/sign-up", () => import("../features/auth/sign-up-page")),
  ]),
  either.addChildren([
    eitherPage("/catalog", () => import("../features/catalog/catalog-page")),
    eitherPage("/catalog/$strategyId", () => import("../features/catalog/detail-page")),
  ]),
  member.addChildren([
    page("/dashboard", () => import("../features/dashboard/dashboard-page")),
    page("/strategies", () => import("../features/strategies/list-page")),
    page("/strategies/new", () => import("../features/strategies/new-page")),
    page("/strategies/$strategyId", () => import("../features/strategies/editor-page")),
    page("/subscribe", () => import("../features/catalog/subscribe-page")),
    page("/data", () => import("../features/data/coverage-page")),
    page("/backtests", () => import("../features/research/list-page")),
    page("/backtests/new", () => import("../features/research/backtest-page")),
    page("/backtests/$runId", () => import("../features/research/report-page")),
    page("/sweeps/new", () => import("../features/research/sweep-page")),
    page("/sweeps/$runId", () => import("../features/research/heat-page")),
    page("/walkforwards/new", () => import("../features/research/walkforward-page")),
    page("/walkforwards/$runId", () => import("../features/research/windows-page")),
    page("/autobuilds", () => import("../features/autobuild/list-page")),
    page("/autobuilds/new", () => import("../features/autobuild/new-page")),
    page("/autobuilds/$autobuildId", () => import("../features/autobuild/build-page")),
    page("/autobuilds/$autobuildId/$instrument", () => import("../features/autobuild/leg-page")),
    page("/portfolios", () => import("../features/portfolio/list-page")),
    page("/portfolios/$portfolioId", () => import("../features/portfolio/portfolio-page")),
    page("/promote", () => import("../features/portfolio/promote-page")),
    page("/portfolio-backtests/$runId", () => import("../features/portfolio/report-page")),
    page("/trials", () => import("../features/research/trials-page")),
    page("/compare", () => import("../features/research/compare-page")),
    page("/sessions", () => import("../features/live/sessions-page")),
    page("/sessions/$subscriptionId", () => import("../features/live/session-page")),
    page("/orders", () => import("../features/orders/blotter-page")),
    page("/admin", () => import("../features/admin/admin-page")),
    page("/settings", () => import("../features/settings/settings-page")),
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  scrollRestoration: true,
  parseSearch: searchValues,
  stringifySearch: searchText,
});

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
