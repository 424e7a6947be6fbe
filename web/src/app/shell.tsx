// The frame of a signed-in page: bar with badges, rail, content, and a tab bar on small screens.
import { Drawer } from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import { Link, Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { startEvents, stopEvents } from "../lib/events";
import { useUser } from "../lib/session";
import { Icon, Logo } from "../ui/icon";
import { AccountMenu, SchemeToggle } from "./account";
import { HaltBadge, LinkBadge, ModeBadge } from "./badges";
import { type Place, placesFor } from "./navigation";
import { Palette } from "./palette";
import styles from "./shell.module.css";

export function Shell() {
  const user = useUser();
  const [open, setOpen] = useState(false);
  const places = placesFor(user);
  useEffect(() => {
    startEvents();
    return stopEvents;
  }, [user?.id]);
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <header className={styles.bar}>
        <Link to="/dashboard" className={styles.brand} aria-label="Fairlead, to the dashboard">
          <Logo />
          <span>Fairlead</span>
        </Link>
        <button
          type="button"
          className={styles.palette}
          onClick={spotlight.open}
          aria-label="Go to or do, Ctrl K"
        >
          <Icon name="search" size={14} />
          <span>Go to or do…</span>
          <kbd>Ctrl K</kbd>
        </button>
        <div className={styles.spacer} />
        <ModeBadge />
        <HaltBadge />
        <LinkBadge />
        <span className={styles.wide}>
          <SchemeToggle />
        </span>
        <AccountMenu />
      </header>
      <nav className={styles.rail} aria-label="Main">
        {places
          .filter((place) => place.rail)
          .map((place) => (
            <RailLink key={place.to} place={place} />
          ))}
      </nav>
      <main id="content" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
      <nav className={styles.tabs} aria-label="Sections">
        {places
          .filter((place) => place.tab)
          .map((place) => (
            <Link key={place.to} to={place.to} className={styles.tab}>
              <Icon name={place.icon} size={18} />
              {place.label.replace("Live sessions", "Live")}
            </Link>
          ))}
        <button
          type="button"
          className={`${styles.tab} ${styles.more}`}
          onClick={() => setOpen(true)}
        >
          <Icon name="menu" size={18} />
          More
        </button>
      </nav>
      <Drawer
        opened={open}
        onClose={() => setOpen(false)}
        position="bottom"
        size="auto"
        title="Go to"
      >
        <nav aria-label="All places">
          {places.map((place) => (
            <RailLink key={place.to} place={place} onClick={() => setOpen(false)} />
          ))}
        </nav>
      </Drawer>
      <Palette places={places} />
    </div>
  );
}

function RailLink({ place, onClick }: { place: Place; onClick?: () => void }) {
  return (
    <Link
      to={place.to}
      className={styles.link}
      onClick={onClick}
      activeOptions={{ exact: !place.rail }}
    >
      <Icon name={place.icon} />
      {place.label}
    </Link>
  );
}
