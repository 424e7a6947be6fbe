// The command palette (Ctrl K) and two-key shortcuts to every place.
import { useMantineColorScheme } from "@mantine/core";
import { Spotlight } from "@mantine/spotlight";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { Icon } from "../ui/icon";
import type { Place } from "./navigation";

const chordMs = 900;

export function Palette({ places }: { places: Place[] }) {
  const navigate = useNavigate();
  const { toggleColorScheme } = useMantineColorScheme();
  useChords(places, (to) => void navigate({ to }));
  const actions = places.map((place) => ({
    id: place.to,
    label: place.label,
    description: place.keys ? `${place.hint} (${place.keys})` : place.hint,
    leftSection: <Icon name={place.icon} />,
    onClick: () => void navigate({ to: place.to }),
  }));
  const theme = {
    id: "theme",
    label: "Switch theme",
    description: "Dark or light",
    leftSection: <Icon name="sun" />,
    onClick: toggleColorScheme,
  };
  return (
    <Spotlight
      actions={[...actions, theme]}
      shortcut={["mod + K", "/"]}
      nothingFound="Nothing has that name"
      highlightQuery
      scrollable
      maxHeight={420}
      searchProps={{
        placeholder: "Go to or do…",
        "aria-label": "Go to or do",
        leftSection: <Icon name="search" />,
      }}
    />
  );
}

function useChords(places: Place[], go: (to: string) => void): void {
  useEffect(() => {
    let first = "";
    let at = 0;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        target.closest("input, textarea, select, [contenteditable]")
      )
        return;
      const chord = event.timeStamp - at < chordMs ? `${first} ${event.key}` : "";
      const place = places.find((candidate) => candidate.keys === chord);
      first = event.key;
      at = event.timeStamp;
      if (!place) return;
      event.preventDefault();
      go(place.to);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
