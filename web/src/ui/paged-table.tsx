// A table over a list that comes in pages: its states, its rows, the button that reads on.
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { PagedQuery } from "../lib/resources/page";
import { type Column, DataTable } from "./data-table";
import { Answer } from "./states";

interface PagedTableProps<T> {
  label: string;
  query: PagedQuery<T>;
  columns: Column<T>[];
  rowKey: (row: T, index: number) => string;
  onRow?: (row: T) => void;
  empty: ReactNode;
}

export function PagedTable<T>({ label, query, columns, rowKey, onRow, empty }: PagedTableProps<T>) {
  const answer = useInfiniteQuery(query);
  return (
    <Answer query={answer}>
      {(data) => {
        const rows = data.pages.flatMap((page) => page.items);
        if (rows.length === 0) return <>{empty}</>;
        return (
          <>
            <DataTable label={label} columns={columns} rows={rows} rowKey={rowKey} onRow={onRow} />
            {answer.hasNextPage ? (
              <div style={{ padding: 10, textAlign: "center" }}>
                <Button
                  variant="default"
                  loading={answer.isFetchingNextPage}
                  onClick={() => void answer.fetchNextPage()}
                >
                  Show more
                </Button>
              </div>
            ) : null}
          </>
        );
      }}
    </Answer>
  );
}
