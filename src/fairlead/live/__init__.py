"""Trading in real time: one evaluation per candle, one turn over all its books, crash-safe."""
