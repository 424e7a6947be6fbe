// One document, two views: the object the form changes and the text one types.
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { type Definition, type Json, type Path, withValue } from "../../lib/definition";
import { indicatorsQuery, type Validation, validationQuery } from "../../lib/resources/strategies";
import type { Editing } from "./editing";
import { inReadingOrder } from "./reading-order";

export interface Editor {
  editing: Editing;
  text: string;
  /** Why the text is no JSON; the form shows the last text that was. */
  broken: string | null;
  changed: boolean;
  validation: Validation | undefined;
  checking: boolean;
  checkError: unknown;
  setText: (text: string) => void;
  replace: (definition: Definition) => void;
}

const settleMs = 350;
const asText = (definition: Definition) => JSON.stringify(definition, null, 2);

export function useEditor(start: Definition): Editor {
  const [original, setOriginal] = useState(() => inReadingOrder(start));
  const [definition, setDefinition] = useState(original);
  const [text, setTyped] = useState(() => asText(original));
  const [broken, setBroken] = useState<string | null>(null);
  const [settled] = useDebouncedValue(definition, settleMs);
  const check = useQuery({ ...validationQuery(settled), placeholderData: (before) => before });
  const catalog = useQuery(indicatorsQuery).data;
  const faults = useMemo(() => faultsOf(check.data), [check.data]);

  const set = useCallback((path: Path, value: Json | undefined) => {
    setDefinition((now) => {
      const next = withValue(now, path, value) as Definition;
      setTyped(asText(next));
      setBroken(null);
      return next;
    });
  }, []);
  const setText = useCallback((typed: string) => {
    setTyped(typed);
    const read = readObject(typed);
    setBroken(typeof read === "string" ? read : null);
    if (typeof read !== "string") setDefinition(read);
  }, []);
  const replace = useCallback((stored: Definition) => {
    const next = inReadingOrder(stored);
    setOriginal(next);
    setDefinition(next);
    setTyped(asText(next));
    setBroken(null);
  }, []);
  return {
    editing: { definition, catalog: catalog ?? [], faults, set },
    text,
    broken,
    changed: broken !== null || asText(definition) !== asText(original),
    validation: check.data,
    checking: check.isFetching || settled !== definition,
    checkError: check.error,
    setText,
    replace,
  };
}

function faultsOf(validation: Validation | undefined): Map<string, string> {
  return new Map(
    (validation?.errors ?? []).map((fault) => [
      fault.path,
      fault.message || `Expected ${fault.expected}`,
    ]),
  );
}

function readObject(text: string): Definition | string {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === "object" && read !== null && !Array.isArray(read))
      return read as Definition;
    return "A definition is one JSON object: { … }.";
  } catch (error) {
    return error instanceof Error ? error.message : "This is not JSON.";
  }
}
