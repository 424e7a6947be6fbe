// The frame a visitor sees; somebody signed in gets the full frame on the same address.
import { Link, Outlet } from "@tanstack/react-router";
import { useUser } from "../lib/session";
import { LinkButton } from "../ui/link-button";
import { Logo } from "../ui/icon";
import { SchemeToggle } from "./account";
import { Shell } from "./shell";
import styles from "./public-shell.module.css";

export function PublicShell() {
  const user = useUser();
  return (
    <div className={styles.publicFrame}>
      <header className={styles.publicBar}>
        <Link to="/" className={styles.brand}>
          <Logo />
          <span>Fairlead</span>
        </Link>
        <div className={styles.spacer} />
        <Link to="/catalog" className={styles.publicLink}>
          Catalog
        </Link>
        <SchemeToggle />
        {user ? (
          <LinkButton to="/dashboard">Dashboard</LinkButton>
        ) : (
          <>
            <Link to="/sign-in" className={styles.publicLink}>
              Sign in
            </Link>
            <LinkButton to="/sign-up">Create account</LinkButton>
          </>
        )}
      </header>
      <main id="content">
        <Outlet />
      </main>
      <footer className={styles.footer}>
        <span>
          Fairlead trades on paper: results are simulated and promise nothing about the future.
        </span>
        <span>
          Charts by{" "}
          <a href="https://www.tradingview.com/" rel="noreferrer" target="_blank">
            TradingView Lightweight Charts
          </a>
        </span>
      </footer>
    </div>
  );
}

export function EitherShell() {
  return useUser() ? <Shell /> : <PublicShell />;
}
