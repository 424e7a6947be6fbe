// The link in a table row for keyboard and screen reader; a click on the row does the same.
import { createLink } from "@tanstack/react-router";
import { type AnchorHTMLAttributes, forwardRef } from "react";
import styles from "./table.module.css";

const Anchor = forwardRef<HTMLAnchorElement, AnchorHTMLAttributes<HTMLAnchorElement>>(
  (props, ref) => (
    <a
      ref={ref}
      {...props}
      className={styles.rowLink}
      onClick={(event) => {
        event.stopPropagation();
        props.onClick?.(event);
      }}
    />
  ),
);
Anchor.displayName = "RowAnchor";

export const RowLink = createLink(Anchor);
