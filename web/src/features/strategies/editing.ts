// The document under edit, shared by all panels of the form: reading, changing, faults by place.
import { createContext, useContext } from "react";
import { type Definition, type Json, type Path, pointer, valueAt } from "../../lib/definition";
import type { IndicatorInfo } from "../../lib/resources/strategies";
import { parameterNames, seriesNames } from "./document";

export interface Editing {
  definition: Definition;
  catalog: IndicatorInfo[];
  faults: Map<string, string>;
  set: (path: Path, value: Json | undefined) => void;
}

export const EditingContext = createContext<Editing | null>(null);

export function useEditing() {
  const editing = useContext(EditingContext);
  if (!editing) throw new Error("The panels of the editor stand inside EditingContext.");
  const { definition, catalog, faults, set } = editing;
  return {
    definition,
    catalog,
    set,
    at: (path: Path) => valueAt(definition, path),
    fault: (path: Path) => faults.get(pointer(path)),
    parameters: parameterNames(definition),
    series: seriesNames(definition, catalog),
  };
}
