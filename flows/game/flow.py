"""The game flow: items of all kinds → game_events, game_players, game_funnel_steps, game_event_cells, game_samples."""

import bytewax.operators as op

from flows.conveyor.batch import Batch
from flows.steps.head import Batches, Flow
from flows.steps.standard import Steps
from schemas.game.cells import GAME_EVENT_CELLS
from schemas.game.tables import GAME_FUNNEL_STEPS, GAME_PLAYERS, GAME_SAMPLES
from sinks.game.cells import event_cells, merged_event_cells
from sinks.game.parts import events_of, funnel_steps_of, players_of, samples_of, whole


def build(batches: Batches, steps: Steps) -> Batches:
    """Items, and what each kind of them has a table of its own for."""
    return op.map("kinds", batches, kinds)
    # Batch: tables["game_players"], tables["game_funnel_steps"], tables["game_event_cells"],
    # tables["game_samples"] beside the rows


def kinds(batch: Batch) -> Batch:
    """The same rows without positions of trajectories; those are in game_samples, folded until they are written."""
    if batch.rows.is_empty():
        return batch
    rows = whole(batch.rows)
    sorted_out = batch.with_rows(events_of(rows))
    sorted_out = sorted_out.adding(GAME_PLAYERS.name, players_of(rows))
    sorted_out = sorted_out.adding(GAME_FUNNEL_STEPS.name, funnel_steps_of(rows))
    sorted_out = sorted_out.adding(GAME_EVENT_CELLS.name, event_cells(rows))
    return sorted_out.adding(GAME_SAMPLES.name, samples_of(rows))


FLOW = Flow(build, {GAME_EVENT_CELLS.name: merged_event_cells})
