// The frame a visitor sees; somebody signed in gets the full frame on the same address.
import { Button } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";
import { useUser } from "../lib/session";
import { Logo } from "../ui/icon";
import { SchemeToggle } from "./account";
import { Shell } from "./shell";
import styles from "./shell.module.css";

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
          <Button component={Link} to="/dashboard">
            Dashboard
          </Button>
        ) : (
          <>
            <Link to="/sign-in" className={styles.publicLink}>
              Sign in
            </Link>
            <Button component={Link} to="/sign-up">
              Create account
            </Button>
          </>
        )}
      </header>
      <main id="content">
        <Outlet />
      </main>
      <footer className={styles.footer}>
        <span>Fairlead trades on paper: results are simulated and promise nothing about the future.</span>
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
