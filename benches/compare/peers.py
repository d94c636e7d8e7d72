"""Solves one problem with a solver from PyPI: `peers.py SOLVER < problem.json > routes.json`.

Lengths and times are whole numbers for all three: they are multiplied by SCALE and rounded.
"""

import json
import math
import resource
import sys

SCALE = 1000
FAR = 10**9

# Where only time counts, what a second counts, and a metre one: of two solutions that are as good the shorter one.
SECOND = 100
TIMED = ("makespan", "tardiness")
# What it costs to leave a task out: more than anything else.
LEFT_OUT = {"makespan": 10**10, "tardiness": 10**12}


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def whole(value, default):
    return default if value is None else round(value * SCALE)


class Problem:
    def __init__(self, data):
        self.points, self.robots, self.tasks = data["points"], data["robots"], data["tasks"]
        self.seconds, self.seed, self.goal = data["seconds"], data["seed"], data["goal"]
        self.places = len(self.points)
        self.ways = [[round(math.dist(a, b) * SCALE) for b in self.points] for a in self.points]

    def kinds(self):
        """Robots that are alike, by what they are."""
        kinds = {}
        for number, robot in enumerate(self.robots):
            kinds.setdefault(json.dumps(robot, sort_keys=True), []).append(number)
        return [(json.loads(kind), numbers) for kind, numbers in kinds.items()]


def with_pyvrp(problem):
    import pyvrp
    from pyvrp.stop import MaxRuntime

    if problem.goal in TIMED or any(len(task["stops"]) > 1 for task in problem.tasks):
        return None
    model = pyvrp.Model()
    spots = [model.add_location(x, y) for x, y in problem.points]
    nowhere = model.add_location(0, 0)
    depots, groups = {}, problem.kinds()

    def depot(place):
        if place not in depots:
            depots[place] = model.add_depot(nowhere if place is None else spots[place])
        return depots[place]

    for robot, numbers in groups:
        model.add_vehicle_type(
            num_available=len(numbers),
            capacity=[round(robot["capacity"])],
            start_depot=depot(robot["start"]),
            end_depot=depot(robot["end"]),
            tw_early=whole(robot["from"], 0),
            tw_late=whole(robot["until"], FAR),
        )
    for task in problem.tasks:
        stop = task["stops"][0]
        model.add_client(
            spots[stop["place"]],
            delivery=[round(stop["load"])],
            service_duration=whole(stop["service"][0], 0),
            tw_early=max(0, whole(stop["open"], 0)),
            tw_late=whole(stop["close"], FAR),
        )
    for a, spot in enumerate(spots):
        for b, other in enumerate(spots):
            model.add_edge(spot, other, problem.ways[a][b], problem.ways[a][b])
        model.add_edge(spot, nowhere, 0, 0)
        model.add_edge(nowhere, spot, 0, 0)
    began = cpu()
    result = model.solve(MaxRuntime(problem.seconds), seed=problem.seed, display=False, collect_stats=False)
    spent = cpu() - began
    if not result.is_feasible():
        return {"routes": [], "cpu": spent}
    left = [list(numbers) for _, numbers in groups]
    routes = []
    for route in result.best.routes():
        robot = left[route.vehicle_type()].pop(0)
        routes.append((robot, [(visit.idx, 0) for visit in route if visit.is_client()]))
    return {"routes": routes, "cpu": spent}


def with_vroom(problem, level=5):
    import vroom

    if problem.goal in TIMED:
        return None
    asked = vroom.Input()
    matrix = [row + [0] for row in problem.ways] + [[0] * (problem.places + 1)]
    asked.set_durations_matrix(profile="car", matrix_input=matrix)
    for number, robot in enumerate(problem.robots):
        window = vroom.TimeWindow(whole(robot["from"], 0), whole(robot["until"], FAR))
        asked.add_vehicle(
            vroom.Vehicle(
                number,
                start=robot["start"],
                end=robot["end"],
                capacity=[round(robot["capacity"])],
                time_window=window,
                type=str(robot["pace"]),
            )
        )

    def windows(stop, pace):
        close = whole(stop["close"], FAR)
        if stop["finish"] is not None:
            close = min(close, whole(stop["finish"] - stop["service"][pace], FAR))
        open_ = max(0, whole(stop["open"], 0))
        return [vroom.TimeWindow(open_, max(open_, close))]

    for number, task in enumerate(problem.tasks):
        stops = task["stops"]
        if len(stops) == 1:
            stop = stops[0]
            paces = len(stop["service"])
            # A deadline for the end of the work is one for its beginning, by the slowest robot.
            slowest = max(range(paces), key=lambda pace: stop["service"][pace])
            asked.add_job(
                vroom.Job(
                    number,
                    location=stop["place"],
                    default_service=whole(stop["service"][0], 0),
                    service_per_type={str(k): whole(s, 0) for k, s in enumerate(stop["service"])},
                    delivery=[round(stop["load"])],
                    time_windows=windows(stop, slowest),
                )
            )
        else:
            pickup, delivery = (
                vroom.ShipmentStep(
                    number,
                    location=stop["place"],
                    default_service=whole(stop["service"][0], 0),
                    time_windows=windows(stop, 0),
                )
                for stop in stops
            )
            asked.add_shipment(pickup, delivery, amount=vroom.Amount([round(stops[0]["load"])]))
    began = cpu()
    solution = asked.solve(exploration_level=level, nb_threads=1)
    spent = cpu() - began
    routes = {}
    for _, step in solution.routes.iterrows():
        if step["type"] in ("job", "pickup", "delivery"):
            which = 1 if step["type"] == "delivery" else 0
            routes.setdefault(int(step["vehicle_id"]), []).append((int(step["id"]), which))
    return {"routes": sorted(routes.items()), "cpu": spent}


def makespan_bound(problem):
    """Half as much again as all tasks take, if robots share them evenly.

    Without a bound the first solution has most tasks in few routes, and the search takes very long to get away from it.
    """
    stops = [stop for task in problem.tasks for stop in task["stops"]]
    sides = [max(axis) - min(axis) for axis in zip(*problem.points)]
    way = 0.7124 * math.sqrt(len(stops) * math.prod(sides))
    return 1.5 * (way + sum(max(stop["service"]) for stop in stops)) / len(problem.robots)


def count_time(problem, stops, time, manager):
    """Where only time counts, what it costs."""
    if problem.goal == "makespan":
        time.SetGlobalSpanCostCoefficient(SECOND)
    if problem.goal == "tardiness":
        for node, (number, which, stop) in enumerate(stops):
            task = problem.tasks[number]
            if which + 1 == len(task["stops"]) and task["due"] is not None:
                # The end of the work is due, and the variable is its beginning.
                begin = whole(task["due"] - stop["service"][0], FAR)
                weight = round(SECOND * task["weight"])
                time.SetCumulVarSoftUpperBound(manager.NodeToIndex(node), begin, weight)


def with_ortools(problem):
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    stops, pairs = [], []
    for number, task in enumerate(problem.tasks):
        pairs.append([len(stops) + k for k in range(len(task["stops"]))])
        stops.extend((number, k, stop) for k, stop in enumerate(task["stops"]))
    count = len(stops)
    places = [stop["place"] for _, _, stop in stops]
    starts = [count + 2 * k for k in range(len(problem.robots))]
    ends = [start + 1 for start in starts]
    for robot in problem.robots:
        places += [robot["start"], robot["end"]]
    manager = pywrapcp.RoutingIndexManager(len(places), len(problem.robots), starts, ends)
    routing = pywrapcp.RoutingModel(manager)

    def way(a, b):
        return 0 if a is None or b is None else problem.ways[a][b]

    # Matrices of whole numbers, which are looked up without calling Python.
    ways = [[way(a, b) for b in places] for a in places]
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(ways))

    def takes(pace):
        own = [stop["service"][pace if pace < len(stop["service"]) else 0] for _, _, stop in stops]
        own = [round(seconds * SCALE) for seconds in own] + [0] * (len(places) - count)
        return routing.RegisterTransitMatrix([[length + work for length in row] for row, work in zip(ways, own)])

    times = {pace: takes(pace) for pace in {robot["pace"] for robot in problem.robots}}
    # Nobody waits for what is open from the beginning.
    waits = FAR if any(stop["open"] is not None for _, _, stop in stops) else 0
    horizon = whole(makespan_bound(problem), FAR) if problem.goal == "makespan" else FAR
    routing.AddDimensionWithVehicleTransits([times[r["pace"]] for r in problem.robots], waits, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    load = routing.RegisterUnaryTransitCallback(
        lambda a: round(stops[manager.IndexToNode(a)][2]["load"]) if manager.IndexToNode(a) < count else 0
    )
    routing.AddDimensionWithVehicleCapacity(load, 0, [round(robot["capacity"]) for robot in problem.robots], True, "load")
    for node, (_, _, stop) in enumerate(stops):
        close = whole(stop["close"], FAR)
        if stop["finish"] is not None:
            close = min(close, whole(stop["finish"] - max(stop["service"]), FAR))
        low = max(0, whole(stop["open"], 0))
        time.CumulVar(manager.NodeToIndex(node)).SetRange(low, max(low, close))
    for k, robot in enumerate(problem.robots):
        start = whole(robot["from"], 0)
        time.CumulVar(routing.Start(k)).SetRange(start, FAR if waits else start)
        time.CumulVar(routing.End(k)).SetRange(0, whole(robot["until"], FAR))
    for nodes in pairs:
        indices = [manager.NodeToIndex(node) for node in nodes]
        if len(indices) == 2:
            routing.AddPickupAndDelivery(*indices)
            solver = routing.solver()
            solver.Add(routing.VehicleVar(indices[0]) == routing.VehicleVar(indices[1]))
            solver.Add(time.CumulVar(indices[0]) <= time.CumulVar(indices[1]))
        for index in indices:
            routing.AddDisjunction([index], LEFT_OUT.get(problem.goal, 10**8))
    count_time(problem, stops, time, manager)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(problem.seconds * 1000))
    began = cpu()
    solution = routing.SolveWithParameters(parameters)
    spent = cpu() - began
    routes = []
    if solution:
        for robot in range(len(problem.robots)):
            index, route = routing.Start(robot), []
            while not routing.IsEnd(index):
                node = manager.IndexToNode(index)
                if node < count:
                    route.append((stops[node][0], stops[node][1]))
                index = solution.Value(routing.NextVar(index))
            if route:
                routes.append((robot, route))
    return {"routes": routes, "cpu": spent}


SOLVERS = {
    "pyvrp": with_pyvrp,
    "vroom-1": lambda problem: with_vroom(problem, 1),
    "vroom-5": lambda problem: with_vroom(problem, 5),
    "ortools": with_ortools,
}


def main():
    # One call may solve many problems, so that a solver is loaded once.
    solve = SOLVERS[sys.argv[1]]
    for line in sys.stdin:
        print(json.dumps(solve(Problem(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
