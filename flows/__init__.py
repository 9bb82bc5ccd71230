"""log → rows: one file per dataflow, `build(source, sink, steps)`; steps/ holds what they share."""
