//! Laws of travel over grids and roads, against searches too simple to be wrong.

use fleet_core::travel::{
    Cell, GridMap, GridTravel, MapError, Road, RoadMap, RoadMapSpec, RoadTravel, Travel,
};
use fleet_core::{Place, Point};
use proptest::prelude::*;

/// Every answer of Floyd and Warshall's algorithm, from the lengths of single edges.
fn floyd_warshall(count: usize, edges: impl Iterator<Item = (usize, usize, f64)>) -> Vec<Vec<f64>> {
    let mut all = vec![vec![f64::INFINITY; count]; count];
    for (from, to, length) in edges {
        all[from][to] = all[from][to].min(length);
    }
    (0..count).for_each(|k| all[k][k] = 0.0);
    for via in 0..count {
        for from in 0..count {
            for to in 0..count {
                all[from][to] = all[from][to].min(all[from][via] + all[via][to]);
            }
        }
    }
    all
}

fn length(path: &[Point]) -> f64 {
    path.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
}

/// Budgets that hold nothing, one field or so, a few, and everything.
fn budgets() -> impl Strategy<Value = usize> {
    prop_oneof![Just(0), Just(100), Just(400), Just(2_000), Just(1 << 20)]
}

// ---- grids

fn grids() -> impl Strategy<Value = GridMap> {
    (1..9_u32, 1..9_u32, 1..5_u32).prop_flat_map(|(width, height, size)| {
        let cells = proptest::collection::vec(proptest::bool::weighted(0.75), (width * height) as usize);
        cells.prop_map(move |free| {
            let map = GridMap::from_fn(width, height, |cell| {
                free[(cell.row * width + cell.column) as usize]
            });
            map.unwrap().with_cell_size(f64::from(size) / 2.0).unwrap()
        })
    })
}

/// All cells of a map as sites, free or not.
fn sites(map: &GridMap) -> core::ops::Range<u32> {
    0..map.width() * map.height()
}

fn all_distances(map: &GridMap) -> Vec<Vec<f64>> {
    let free = |site: u32| map.is_free(map.cell_at(Place::Site(site)).unwrap());
    let beside = |a: Cell, b: Cell| a.column.abs_diff(b.column) + a.row.abs_diff(b.row) == 1;
    let pairs = sites(map).flat_map(|a| sites(map).map(move |b| (a, b)));
    let edges = pairs.filter(|(a, b)| {
        let cell = |site: &u32| map.cell_at(Place::Site(*site)).unwrap();
        free(*a) && free(*b) && beside(cell(a), cell(b))
    });
    let edges = edges.map(|(a, b)| (a as usize, b as usize, map.cell_size()));
    let mut all = floyd_warshall(sites(map).count(), edges);
    for site in sites(map).filter(|site| !free(*site)) {
        all[site as usize][site as usize] = f64::INFINITY;
    }
    all
}

/// Whether all of a straight line is on free cells, looked at in many points.
fn is_clear(map: &GridMap, from: Point, to: Point) -> bool {
    (0..=200).all(|k| {
        let part = f64::from(k) / 200.0;
        let (x, y) = (
            from.x() + part * (to.x() - from.x()),
            from.y() + part * (to.y() - from.y()),
        );
        map.is_free(map.cell_at(Place::at(x, y)).unwrap())
    })
}

proptest! {
    #[test]
    fn grid_distances_are_the_shortest_whatever_the_cache(
        map in grids(),
        budget in budgets(),
        questions in proptest::collection::vec((0..64_u32, 0..64_u32, 0..4_u8), 1..80),
    ) {
        let all = all_distances(&map);
        let sites = map.width() * map.height();
        let mut travel = GridTravel::new(map.clone()).with_cache_bytes(budget);
        for (from, to, kind) in questions {
            let (from, to) = (from % sites, to % sites);
            let expected = Some(all[from as usize][to as usize]).filter(|metres| metres.is_finite());
            if kind == 0 {
                travel.prepare(Place::Site(from));
            }
            prop_assert_eq!(travel.distance(Place::Site(from), Place::Site(to)), expected);
            let stats = travel.cache_stats();
            prop_assert!(stats.bytes <= budget.max(4 * map.free_count()), "{:?}", stats);
        }
    }

    #[test]
    fn grid_distances_are_symmetric_and_keep_the_triangle_inequality(
        map in grids(),
        [a, b, c] in [0..64_u32, 0..64, 0..64],
    ) {
        let sites = map.width() * map.height();
        let [a, b, c] = [a, b, c].map(|site| Place::Site(site % sites));
        let mut travel = GridTravel::new(map).with_cache_bytes(0);
        prop_assert_eq!(travel.distance(a, b), travel.distance(b, a));
        if travel.check(a).is_ok() {
            prop_assert_eq!(travel.distance(a, a), Some(0.0));
        }
        if let (Some(ab), Some(bc)) = (travel.distance(a, b), travel.distance(b, c)) {
            prop_assert!(travel.distance(a, c).unwrap() <= ab + bc);
        }
    }

    #[test]
    fn grid_paths_between_sites_are_as_long_as_the_distance_and_free(map in grids(), budget in budgets()) {
        let mut travel = GridTravel::new(map.clone()).with_cache_bytes(budget);
        let mut roomy = GridTravel::new(map.clone());
        for (from, to) in sites(&map).zip(sites(&map).rev()).map(|(a, b)| (Place::Site(a), Place::Site(b))) {
            let path = travel.path(from, to);
            prop_assert_eq!(path.is_some(), travel.distance(from, to).is_some());
            prop_assert_eq!(&path, &roomy.path(from, to));
            let Some(path) = path else { continue };
            prop_assert_eq!(length(&path), travel.distance(from, to).unwrap());
            prop_assert_eq!(path[0], map.centre(map.cell_at(from).unwrap()));
            prop_assert_eq!(*path.last().unwrap(), map.centre(map.cell_at(to).unwrap()));
            for pair in path.windows(2) {
                prop_assert!(is_clear(&map, pair[0], pair[1]), "{:?}", path);
            }
            for corner in path.windows(3) {
                let turns = corner[0].x() != corner[2].x() && corner[0].y() != corner[2].y();
                prop_assert!(turns, "{:?}", path);
            }
        }
    }

    #[test]
    fn grid_paths_between_points_differ_by_a_diagonal_at_most_and_are_free(
        map in grids(),
        [x1, y1, x2, y2] in [0.0..1.0, 0.0..1.0, 0.0..1.0, 0.0..1.0],
    ) {
        let (width, height) = (
            f64::from(map.width()) * map.cell_size(),
            f64::from(map.height()) * map.cell_size(),
        );
        let (from, to) = (Point::new(x1 * width, y1 * height), Point::new(x2 * width, y2 * height));
        let mut travel = GridTravel::new(map.clone());
        if let Some(path) = travel.path(from.into(), to.into()) {
            prop_assert_eq!((path[0], *path.last().unwrap()), (from, to));
            let distance = travel.distance(from.into(), to.into()).unwrap();
            let diagonal = f64::sqrt(2.0) * map.cell_size();
            prop_assert!((length(&path) - distance).abs() <= diagonal + 1e-9, "{distance} {:?}", path);
            for pair in path.windows(2) {
                prop_assert!(is_clear(&map, pair[0], pair[1]), "{:?}", path);
            }
        }
    }

    #[test]
    fn parts_of_a_grid_are_the_cells_with_a_way_between_them(map in grids()) {
        let all = all_distances(&map);
        let parts = map.components();
        for (a, b) in sites(&map).flat_map(|a| sites(&map).map(move |b| (a, b))) {
            let cell = |site| map.cell_at(Place::Site(site)).unwrap();
            let reached = all[a as usize][b as usize].is_finite();
            prop_assert_eq!(parts.is_connected(cell(a), cell(b)), reached);
        }
        let sizes: Vec<usize> = (0..parts.count()).map(|part| parts.size(part)).collect();
        prop_assert_eq!(sizes.iter().sum::<usize>(), map.free_count());
        prop_assert_eq!(map.largest_component().len(), sizes.into_iter().max().unwrap_or(0));
    }

    #[test]
    fn a_map_written_and_read_is_the_same(map in grids()) {
        let read = GridMap::parse(&map.to_text()).unwrap();
        prop_assert_eq!(read.with_cell_size(map.cell_size()).unwrap(), map);
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(GridMap::parse_bytes(&bytes).is_err());
    }

    #[test]
    fn a_damaged_map_is_refused_or_another_map(
        map in grids(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = map.to_text().into_bytes();
        let place = place.index(bytes.len());
        if cut {
            bytes.truncate(place);
        } else {
            bytes[place] = byte;
        }
        match GridMap::parse_bytes(&bytes) {
            Ok(read) => prop_assert_eq!((read.width(), read.height()), (map.width(), map.height())),
            Err(error) => prop_assert!(error.to_string().starts_with("line "), "{}", error),
        }
    }
}

#[test]
fn a_claim_of_a_huge_map_is_refused_at_once() {
    let text = "type octile\nheight 1000000000\nwidth 1000000000\nmap\n....\n";
    let refused = MapError::TooLarge {
        line: 3,
        width: 1_000_000_000,
        height: 1_000_000_000,
    };
    assert_eq!(GridMap::parse(text), Err(refused));
}

#[test]
fn a_pair_is_answered_after_its_field_is_gone() {
    let map = GridMap::from_fn(100, 10, |_| true).unwrap();
    // Room for three fields of 4,000 bytes, and for some pairs.
    let mut travel = GridTravel::new(map).with_cache_bytes(14_000);
    let (from, to) = (Place::Site(0), Place::Site(999));
    assert_eq!(travel.distance(from, to), Some(108.0));
    (1..4).for_each(|site| travel.prepare(Place::Site(site)));
    let computed = travel.cache_stats().computed;
    assert_eq!(travel.distance(to, from), Some(108.0));
    assert_eq!(travel.cache_stats().computed, computed);
    assert_eq!(travel.cache_stats().pair_hits, 1);
}

// ---- roads

/// Roads of whole metres between up to 12 vertices, about half of them one-way.
fn roads() -> impl Strategy<Value = RoadMapSpec> {
    (2..12_u32).prop_flat_map(|count| {
        let vertices = proptest::collection::vec((0..20_u8, 0..20_u8), count as usize);
        let edge = (0..count, 1..count, 1..50_u32, any::<bool>());
        let edges = proptest::collection::vec(edge, 0..30);
        (vertices, edges).prop_map(move |(vertices, edges)| RoadMapSpec {
            vertices: vertices
                .into_iter()
                .map(|(x, y)| Point::new(x.into(), y.into()))
                .collect(),
            edges: edges
                .into_iter()
                .map(|(from, ahead, length, one_way)| Road {
                    from,
                    to: (from + ahead) % count,
                    length: f64::from(length),
                    one_way,
                })
                .collect(),
        })
    })
}

fn all_road_distances(spec: &RoadMapSpec) -> Vec<Vec<f64>> {
    let there = spec.edges.iter().map(|road| (road.from, road.to, road.length));
    let two_way = spec.edges.iter().filter(|road| !road.one_way);
    let back = two_way.map(|road| (road.to, road.from, road.length));
    let edges = there
        .chain(back)
        .map(|(from, to, length)| (from as usize, to as usize, length));
    floyd_warshall(spec.vertices.len(), edges)
}

/// The vertices of a path, where no two vertices are in one place.
fn vertices_of(spec: &RoadMapSpec, path: &[Point]) -> Vec<usize> {
    let number = |point: &Point| spec.vertices.iter().position(|other| other == point).unwrap();
    path.iter().map(number).collect()
}

proptest! {
    #[test]
    fn road_distances_are_the_shortest_whatever_the_cache(
        spec in roads(),
        budget in budgets(),
        questions in proptest::collection::vec((0..12_u32, 0..12_u32, 0..4_u8), 1..80),
    ) {
        let all = all_road_distances(&spec);
        let count = spec.vertices.len() as u32;
        let mut travel = RoadTravel::new(RoadMap::new(spec).unwrap()).with_cache_bytes(budget);
        for (from, to, kind) in questions {
            let (from, to) = (from % count, to % count);
            let expected = Some(all[from as usize][to as usize]).filter(|metres| metres.is_finite());
            if kind == 0 {
                travel.prepare(Place::Site(from));
            }
            prop_assert_eq!(travel.distance(Place::Site(from), Place::Site(to)), expected);
            prop_assert!(travel.cache_stats().bytes <= budget.max(8 * count as usize));
        }
    }

    #[test]
    fn road_paths_are_as_long_as_the_distance(mut spec in roads(), budget in budgets()) {
        // Every vertex in its own place, so that a path tells its vertices.
        spec.vertices = (0..spec.vertices.len()).map(|k| Point::new(k as f64, (k * k) as f64)).collect();
        let all = all_road_distances(&spec);
        let mut travel = RoadTravel::new(RoadMap::new(spec.clone()).unwrap()).with_cache_bytes(budget);
        for (from, row) in all.iter().enumerate() {
            for (to, distance) in row.iter().enumerate().filter(|(to, _)| *to != from) {
                let path = travel.path(Place::Site(from as u32), Place::Site(to as u32));
                prop_assert_eq!(path.is_some(), distance.is_finite());
                let way = vertices_of(&spec, &path.unwrap_or_default());
                let steps = way.windows(2).map(|pair| {
                    let edges = spec.edges.iter().filter(|road| {
                        let (from, to) = (road.from as usize, road.to as usize);
                        (from, to) == (pair[0], pair[1]) || (!road.one_way && (to, from) == (pair[0], pair[1]))
                    });
                    edges.map(|road| road.length).fold(f64::INFINITY, f64::min)
                });
                let sum: f64 = steps.sum();
                prop_assert!(sum == *distance || !distance.is_finite(), "{sum} {distance} {way:?}");
            }
        }
    }

    #[test]
    fn the_line_to_the_road_counts(spec in roads(), [x1, y1, x2, y2] in [0..40_u8, 0..40, 0..40, 0..40]) {
        let (from, to) = (Point::new(x1.into(), y1.into()), Point::new(x2.into(), y2.into()));
        let nearest = |point: Point| {
            let lines = spec.vertices.iter().map(|vertex| vertex.distance(point)).enumerate();
            lines.fold((0, f64::INFINITY), |best, line| if line.1 < best.1 { line } else { best })
        };
        let ((a, access), (b, egress)) = (nearest(from), nearest(to));
        let road = all_road_distances(&spec)[a][b];
        let expected = if from == to { 0.0 } else { road + (access + egress) };
        let mut travel = RoadTravel::new(RoadMap::new(spec.clone()).unwrap());
        let distance = travel.distance(from.into(), to.into());
        prop_assert_eq!(distance, Some(expected).filter(|metres| metres.is_finite()));
        if let Some(path) = travel.path(from.into(), to.into()) {
            prop_assert_eq!((path[0], path[path.len() - 1]), (from, to));
        }
    }

    #[test]
    fn two_way_roads_are_as_long_both_ways(mut spec in roads(), [a, b, c] in [0..12_u32, 0..12, 0..12]) {
        spec.edges.iter_mut().for_each(|road| road.one_way = false);
        let count = spec.vertices.len() as u32;
        let [a, b, c] = [a, b, c].map(|site| Place::Site(site % count));
        let mut travel = RoadTravel::new(RoadMap::new(spec).unwrap());
        prop_assert_eq!(travel.distance(a, b), travel.distance(b, a));
        if let (Some(ab), Some(bc)) = (travel.distance(a, b), travel.distance(b, c)) {
            prop_assert!(travel.distance(a, c).unwrap() <= ab + bc);
        }
    }
}
