"""The part of the training that runs at a hospital, as a Flower ClientApp: it answers with masked sums.

`flower-supernode --node-config` says where this hospital's file lies (`films`), with how many it adds at least
(`least`, 3 unless it is said), and, for sums with noise and none else, what they may tell of a patient (`epsilon`,
`delta`) and how many hospitals' noise has to be enough (`honest`). Flower hands each message to a process of its own.
"""

from pathlib import Path

from flwr.app import Context, Message
from flwr.client.mod import secaggplus_mod
from flwr.clientapp import ClientApp
from flwr.clientapp.typing import ClientAppCallable
from flwr.common import Code, FitRes, Status, ndarrays_to_parameters, parameters_to_ndarrays
from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_CONFIGS, RECORD_KEY_STATE, Key, Stage
from flwr.compat.common import recorddict_compat

from overread.errors import ModelRefused
from overread.federating.private_answer import answer_to
from overread.federating.site_films import read_site
from overread.federating.sums import CLIP, STEPS, counts_of, moments_of, to_wire
from overread.federating.told import limit_of

LEAST = 3
"""Hospitals: of two, each would know the other's sums."""


def answer_only_masked(message: Message, context: Context, call_next: ClientAppCallable) -> Message:
    """Follow SecAgg+, and refuse to add with too few, or in steps that would round a sum."""
    asked = message.content.config_records.get(RECORD_KEY_CONFIGS)
    if asked is None:
        raise ModelRefused("this hospital gives sums for a secure sum only")
    if asked.get(Key.STAGE) == Stage.SETUP:
        least = int(context.node_config.get("least", LEAST))
        counts = [int(asked[key]) for key in (Key.SAMPLE_NUMBER, Key.SHARE_NUMBER, Key.THRESHOLD)]
        if min(counts) < max(least, LEAST):
            raise ModelRefused(f"this hospital adds with {max(least, LEAST)} at least, itself among them")
        if (asked[Key.CLIPPING_RANGE], asked[Key.TARGET_RANGE], asked[Key.MAX_WEIGHT]) != (CLIP, STEPS, 1.0):
            raise ModelRefused("the coordinator adds in other steps than this program")
    # Who hands out shares of both keys of one hospital opens what it sent: no hospital is given up, the sum is.
    if asked.get(Key.STAGE) == Stage.UNMASK and asked[Key.DEAD_NODE_ID_LIST]:
        raise ModelRefused("a hospital dropped out: nothing is opened, begin anew")
    return secaggplus_mod(message, context, call_next)


def build() -> ClientApp:
    """Give the app; it answers nothing but a masked sum."""
    app = ClientApp(mods=[answer_only_masked])
    app.train()(answer)
    return app


def answer(message: Message, context: Context) -> Message:
    """Give this hospital's sums: of features, of how often heads gave which score, or those of a plan with noise."""
    asked = recorddict_compat.recorddict_to_fitins(message.content, keep_input=True)
    site = read_site(Path(str(context.node_config["films"])))
    if asked.config["weights_digest"] != site.weights_digest:
        raise ModelRefused("the training is of another model than the one that embedded this hospital's films")
    parameters = parameters_to_ndarrays(asked.parameters)
    if "plan" in asked.config:
        others = int(context.state.config_records[RECORD_KEY_STATE][Key.THRESHOLD]) - 1
        sums = answer_to(asked.config, parameters, site, context.node_config, str(context.run_id), others)
    elif limit_of(context.node_config) is not None:
        raise ModelRefused("this hospital gives sums with noise only, as 'epsilon' in its --node-config says")
    elif asked.config["ask"] == "moments":
        sums = moments_of(site)
    else:
        sums = counts_of(site, *parameters)
    # Each counts as one example: the mean that Flower gives is then the sum over the number of hospitals.
    given = FitRes(Status(Code.OK, ""), ndarrays_to_parameters([to_wire(sums)]), 1, {})
    return Message(recorddict_compat.fitres_to_recorddict(given, keep_input=False), reply_to=message)
