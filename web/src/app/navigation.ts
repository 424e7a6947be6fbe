// The places one can go: the rail, the tab bar and the command palette all read this list.
import type { User } from "../lib/resources/auth";
import type { IconName } from "../ui/icon";

export interface Place {
  to: string;
  label: string;
  icon: IconName;
  keys?: string;
  hint: string;
  roles?: User["role"][];
  rail?: boolean;
  tab?: boolean;
}

const places: Place[] = [
  {
    to: "/dashboard",
    label: "Dashboard",
    icon: "dashboard",
    keys: "g d",
    hint: "Equity, positions, activity",
    rail: true,
    tab: true,
  },
  {
    to: "/sessions",
    label: "Live sessions",
    icon: "sessions",
    keys: "g l",
    hint: "What trades now, and why",
    rail: true,
    tab: true,
  },
  {
    to: "/orders",
    label: "Orders",
    icon: "orders",
    keys: "g o",
    hint: "Blotter of all orders",
    rail: true,
  },
  {
    to: "/strategies",
    label: "Strategies",
    icon: "strategies",
    keys: "g s",
    hint: "Write and version your own",
    rail: true,
    tab: true,
  },
  {
    to: "/backtests",
    label: "Research",
    icon: "research",
    keys: "g r",
    hint: "Backtests, sweeps, walk-forward",
    rail: true,
    tab: true,
  },
  {
    to: "/autobuilds",
    label: "AutoBuild",
    icon: "bolt",
    keys: "g b",
    hint: "From constraints to an accepted portfolio",
    rail: true,
  },
  {
    to: "/portfolios",
    label: "Portfolios",
    icon: "portfolio",
    keys: "g p",
    hint: "Legs, weights, gates, promotion",
    rail: true,
  },
  {
    to: "/data",
    label: "Data",
    icon: "data",
    keys: "g c",
    hint: "Coverage, gaps, import",
    rail: true,
  },
  {
    to: "/catalog",
    label: "Catalog",
    icon: "catalog",
    keys: "g k",
    hint: "Strategies others publish",
    rail: true,
  },
  {
    to: "/admin",
    label: "Admin",
    icon: "admin",
    keys: "g a",
    hint: "Kill switches, audit, jobs",
    roles: ["admin", "support"],
    rail: true,
  },
  {
    to: "/settings",
    label: "Settings",
    icon: "settings",
    keys: "g ,",
    hint: "API keys, sign-ins, theme",
    rail: true,
  },
  { to: "/strategies/new", label: "New strategy", icon: "plus", hint: "Start from a template" },
  {
    to: "/backtests/new",
    label: "New backtest",
    icon: "play",
    keys: "n b",
    hint: "Run a version over history",
  },
  { to: "/sweeps/new", label: "New sweep", icon: "grid", hint: "Try a grid of parameters" },
  {
    to: "/walkforwards/new",
    label: "New walk-forward",
    icon: "clock",
    hint: "Fit, then test on what was held out",
  },
  {
    to: "/autobuilds/new",
    label: "New AutoBuild",
    icon: "bolt",
    keys: "n a",
    hint: "Name constraints, get a portfolio with its evidence",
  },
  {
    to: "/trials",
    label: "Trial ledger",
    icon: "orders",
    keys: "g t",
    hint: "Every set that was ever tried",
  },
];

export function placesFor(user: User | null): Place[] {
  return places.filter(
    (place) => !place.roles || (user !== null && place.roles.includes(user.role)),
  );
}
