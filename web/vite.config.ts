import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => {
  const target = loadEnv(mode, ".", "FAIRLEAD_").FAIRLEAD_BACKEND ?? "http://127.0.0.1:8000";
  return {
    plugins: [react()],
    build: { assetsInlineLimit: 0, target: "es2022", chunkSizeWarningLimit: 800 },
    server: { proxy: { "/api": { target }, "/ws": { target, ws: true } } },
    test: { include: ["src/**/*.test.ts"], environment: "node" },
  };
});
