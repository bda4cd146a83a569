"""What can go wrong with runs."""


class StepsFailed(Exception):
    """Steps could not be taken because of a defect; the cause is the first of them."""
