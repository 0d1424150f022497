//! Labels that do not lie on each other.

/// Moves labels that want to be at these heights so that each keeps `gap` to the next, between `top` and
/// `bottom`, moving each as little as the others let it. Equal wishes keep their order.
pub(super) fn spread(wishes: &[i32], gap: i32, top: i32, bottom: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by_key(|&i| wishes[i]);
    // Clusters of labels that touch: where their first one stands, and who they are.
    let mut clusters: Vec<(i32, Vec<usize>)> = Vec::new();
    for i in order {
        clusters.push((wishes[i], vec![i]));
        while let [.., (above, upper), (below, _)] = &clusters[..]
            && above + gap * count(upper) > *below
        {
            let Some((_, lower)) = clusters.pop() else { break };
            let Some((first, members)) = clusters.last_mut() else { break };
            members.extend(lower);
            // The middle of the cluster stands at the mean of its wishes.
            let sum: i64 = members.iter().map(|&i| i64::from(wishes[i])).sum();
            let mean = sum.div_euclid(members.len() as i64) as i32;
            *first = mean - gap * (count(members) - 1) / 2;
        }
    }
    let mut placed = vec![0; wishes.len()];
    let mut free = top;
    for (first, members) in &clusters {
        let mut at = (*first).max(free);
        for &i in members {
            placed[i] = at;
            at += gap;
        }
        free = at;
    }
    // What went below the bottom is pushed up again, and whatever is above it.
    let mut limit = bottom;
    let mut order: Vec<usize> = clusters.into_iter().flat_map(|(_, members)| members).collect();
    while let Some(i) = order.pop() {
        placed[i] = placed[i].min(limit);
        limit = placed[i] - gap;
    }
    placed
}

fn count(members: &[usize]) -> i32 {
    i32::try_from(members.len()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_room_stay() {
        assert_eq!(spread(&[10, 100, 50], 20, 0, 200), [10, 100, 50]);
    }

    #[test]
    fn labels_at_the_same_height_share_it_out() {
        assert_eq!(spread(&[100, 100], 20, 0, 200), [90, 110]);
        assert_eq!(spread(&[100, 100, 100], 20, 0, 200), [80, 100, 120]);
    }

    #[test]
    fn labels_stay_between_top_and_bottom() {
        assert_eq!(spread(&[200, 200, 195], 20, 0, 200), [180, 200, 160]);
        assert_eq!(spread(&[0, 0], 20, 0, 200), [0, 20]);
    }
}
