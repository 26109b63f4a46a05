"""Flow metrics: cycle time, throughput, WIP, ageing, flow efficiency, work mix."""
