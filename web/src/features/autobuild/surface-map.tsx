// The metric over two axes around the chosen set: a plateau is better than a peak.
import { ratio, words } from "../../lib/format";
import type { Detail } from "../../lib/resources/autobuilds";
import { HeatMap } from "../../ui/heat-map";

interface SurfaceMapProps {
  surface: NonNullable<Detail["surface"]>;
  chosen: Detail["parameters"];
}

export function SurfaceMap({ surface, chosen }: SurfaceMapProps) {
  const cells = surface.values.flatMap((row, y) => row.map((value, x) => ({ x, y, value })));
  const place = (values: (string | number | boolean)[], name: string) =>
    values.findIndex((value) => String(value) === String(chosen[name]));
  const best = { x: place(surface.x_values, surface.x), y: place(surface.y_values, surface.y) };
  return (
    <HeatMap
      label={`${words(surface.metric)} by ${words(surface.x)} and ${words(surface.y)}`}
      xName={words(surface.x)}
      yName={words(surface.y)}
      xValues={surface.x_values.map(String)}
      yValues={surface.y_values.map(String)}
      cells={cells}
      signed
      best={best.x < 0 || best.y < 0 ? null : best}
      bestName="Chosen"
      show={ratio}
    />
  );
}
