// Proofs that a version does not look ahead: the newest one, and asking for another.
import { queryOptions } from "@tanstack/react-query";
import { api, bodyOf, type Schemas } from "../http";

export type VersionProof = Schemas["VersionProofView"];
export type Proof = Schemas["ProofView"];

const at = (id: string) => ({ path: { version_id: id } });

export const proofQuery = (versionId: string) =>
  queryOptions<VersionProof>({
    queryKey: ["proofs", versionId],
    queryFn: () =>
      bodyOf(api.GET("/api/v1/versions/{version_id}/proof", { params: at(versionId) })),
    refetchInterval: (query) => {
      const status = query.state.data?.run?.status;
      return status === "queued" || status === "running" ? 1_500 : false;
    },
  });

export const askProof = (versionId: string, instrument: string, timeframe: string) =>
  bodyOf(
    api.POST("/api/v1/versions/{version_id}/proof", {
      params: at(versionId),
      body: { instrument, timeframe },
    }),
  );
